import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importText, openImport } from '../src/index.ts';
import { botText, callOf, node, testFolder, text, zipOf } from './support.ts';

const { at, write } = testFolder();

const main = botText({
  nodes: [callOf('Automation Anywhere/Bots/Demo/Child v1.2')],
  packages: [{ name: 'TaskBot', version: '2.4.0-20210329-022556' }],
});
const child = `\uFEFF${botText({ nodes: [node('String.assign', { sourceString: text('ü') })] })}`;

const manifest = JSON.stringify({
  files: [
    {
      path: 'Automation Anywhere\\Bots\\Demo\\Main',
      newPath: null,
      contentType: 'application/vnd.aa.taskbot',
      description: 'Begins it all',
      scannedDependencies: ['Automation Anywhere\\Bots\\Demo\\Child v1.2'],
      manualDependencies: ['Automation Anywhere\\Bots\\Demo\\rates.xlsx'],
    },
    { path: 'Automation Anywhere\\Bots\\Demo\\Child v1.2', contentType: 'application/vnd.aa.headlessbot' },
    { path: 'Automation Anywhere\\Bots\\Demo\\rates.xlsx', contentType: 'application/vnd.ms-excel' },
    { path: 'Automation Anywhere\\Bots\\Demo\\gone', contentType: 'application/vnd.aa.taskbot' },
  ],
  packages: [{ name: 'TaskBot', version: '2.4.0-20210329-022556', path: 'bot-command-taskbot-2.4.0.jar' }],
});

describe('a BLM export', () => {
  const exported = async () => {
    const jar = await zipOf([['package.json', JSON.stringify({ name: 'Ours', packageVersion: '1.2.3' })]]);
    return write(
      'export.zip',
      await zipOf([
        ['manifest.json', manifest],
        ['Automation Anywhere\\Bots\\Demo\\Main', main],
        ['Automation Anywhere/Bots/Demo/Child v1.2', child],
        ['Automation Anywhere/Bots/Demo/rates.xlsx', 'cells'],
        ['Automation Anywhere/Bots/Demo/MainMetadata/a.png', 'picture'],
        ['community.jar', jar],
        ['broken.jar', 'no archive'],
      ]),
    );
  };

  it('gives bots, files, packages and what is missing, as its manifest says', async () => {
    const opened = await openImport(await exported());
    expect(opened.kind).toBe('blm-export');
    expect(opened.bots).toMatchObject([
      { path: 'Automation Anywhere/Bots/Demo/Child v1.2', contentType: 'application/vnd.aa.headlessbot', lines: 1 },
      {
        path: 'Automation Anywhere/Bots/Demo/Main',
        description: 'Begins it all',
        scannedDependencies: ['Automation Anywhere/Bots/Demo/Child v1.2'],
        manualDependencies: ['Automation Anywhere/Bots/Demo/rates.xlsx'],
      },
    ]);
    expect(opened.files.map(({ path, metadataFor }) => [path, metadataFor])).toEqual([
      ['Automation Anywhere/Bots/Demo/rates.xlsx', undefined],
      ['Automation Anywhere/Bots/Demo/MainMetadata/a.png', 'Automation Anywhere/Bots/Demo/Main'],
    ]);
    expect(opened.packages).toEqual([
      { name: 'Ours', version: '1.2.3', archive: 'community.jar' },
      { name: 'TaskBot', version: '2.4.0-20210329-022556', archive: 'bot-command-taskbot-2.4.0.jar' },
    ]);
    expect(opened.problems.map(({ path, code }) => [path, code])).toEqual([
      ['Automation Anywhere/Bots/Demo/gone', 'missing-file'],
      ['broken.jar', 'bad-package'],
    ]);
    opened.close();
  });

  it('gives contents byte for byte, found in any letter case', async () => {
    const opened = await openImport(await exported());
    expect(await opened.find('automation anywhere/bots/demo/CHILD v1.2')).toBe(child);
    expect(await opened.files[0]?.content()).toEqual(Buffer.from('cells'));
    expect(await opened.find('Automation Anywhere/Bots/Demo/Nobody')).toBeUndefined();
    opened.close();
  });

  it('is read without a manifest, and inside another folder', async () => {
    const bare = await zipOf([
      ['bots-main/README.md', '# Ours'],
      ['bots-main/Automation Anywhere/Bots/Demo/Main', main],
      ['bots-main/Automation Anywhere/Bots/Demo/Child v1.2', child],
      ['bots-main/Automation Anywhere/Bots/Demo/list.csv', 'a,b'],
    ]);
    const opened = await openImport(write('bare.zip', bare));
    expect(opened.kind).toBe('repository-tree');
    expect(opened.bots.map(({ path, scannedDependencies }) => [path, scannedDependencies])).toEqual([
      ['Automation Anywhere/Bots/Demo/Child v1.2', []],
      ['Automation Anywhere/Bots/Demo/Main', ['Automation Anywhere/Bots/Demo/Child v1.2']],
    ]);
    expect(opened.files.map(({ path }) => path)).toEqual(['Automation Anywhere/Bots/Demo/list.csv']);
    opened.close();
  });

  it('reads on where one bot is broken', async () => {
    const broken = await zipOf([
      ['Automation Anywhere/Bots/Good', main],
      ['Automation Anywhere/Bots/Bad', '{"nodes":[{"uid":1,}],"variables":[]}'],
      ['Automation Anywhere/Bots/Odd', '{"nodes":[3],"variables":[]}'],
    ]);
    const opened = await openImport(write('broken.zip', broken));
    expect(opened.bots.map(({ path }) => path)).toEqual(['Automation Anywhere/Bots/Good']);
    expect(opened.problems).toMatchObject([
      { path: 'Automation Anywhere/Bots/Bad', message: expect.stringContaining('offset 19') },
      { path: 'Automation Anywhere/Bots/Odd', message: expect.stringContaining('nodes[0]') },
    ]);
    opened.close();
  });
});

describe('a folder', () => {
  it('of Git integration gives its bots with their dependencies', async () => {
    const bot = 'repo/Automation Anywhere/Bots/Demo/bot_Main';
    write(`${bot}/content.json`, main);
    write(
      `${bot}/dependencies.json`,
      JSON.stringify({
        path: 'Automation Anywhere\\Bots\\Demo\\Main',
        scannedDependencies: ['Automation Anywhere\\Bots\\Demo\\Child'],
        manualDependencies: [],
      }),
    );
    write(`${bot}/metadata/1b.png`, 'picture');
    write('repo/Automation Anywhere/Bots/Demo/form.json', '{"fields":[]}');
    const opened = await openImport(at('repo'));
    expect(opened.kind).toBe('git-tree');
    expect(opened.bots).toMatchObject([
      {
        path: 'Automation Anywhere/Bots/Demo/Main',
        scannedDependencies: ['Automation Anywhere/Bots/Demo/Child'],
      },
    ]);
    expect(opened.files.map(({ path }) => path)).toEqual(['Automation Anywhere/Bots/Demo/form.json']);
    expect(opened.problems).toEqual([]);
  });

  it('inside an unpacked repository keeps its place in it', async () => {
    write('Automation Anywhere/Bots/Demo/Main', main);
    const opened = await openImport(at('Automation Anywhere/Bots/Demo'));
    expect(opened.bots.map(({ path }) => path)).toEqual(['Automation Anywhere/Bots/Demo/Main']);
  });

  it('of documents puts them under Bots, and leaves links out', async () => {
    write('work/greet.json', main);
    write('work/package.json', '{"name":"x"}');
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('work/link'));
    const opened = await openImport(at('work'));
    expect(opened.bots.map(({ path }) => path)).toEqual(['Automation Anywhere/Bots/greet']);
    expect(opened.problems.map(({ path, code }) => [path, code])).toEqual([['link', 'left-out']]);
  });

  it('with two files for one bot is refused', async () => {
    write('work/Greet', main);
    write('work/bot_greet/content.json', main);
    await expect(openImport(at('work'))).rejects.toMatchObject({ code: 'duplicate-path' });
  });
});

describe('one document', () => {
  it('is a bot of the name of its file', async () => {
    const opened = await openImport(write('greet.json', child));
    expect(opened).toMatchObject({ kind: 'document', bots: [{ path: 'Automation Anywhere/Bots/greet', lines: 1 }] });
    expect(await opened.bots[0]?.content()).toBe(child);
  });

  it('comes from the clipboard as a document, as lines, or as one line, in UTF-16 too', async () => {
    const line = JSON.stringify(node('Comment.Comment', { comment: text('ü') }));
    for (const copied of [`{"nodes":[${line}]}`, `[${line}]`, line]) {
      expect(importText(copied, 'Automation Anywhere/Bots/x').bots).toMatchObject([{ lines: 1 }]);
      const opened = await openImport(write('clip.txt', Buffer.from(`\uFEFF${copied}`, 'utf16le')));
      expect(await opened.bots[0]?.content()).toContain('ü');
    }
  });

  it('that is none says what was expected', async () => {
    await expect(openImport(write('x.json', '{"a":1}'))).rejects.toThrow(/expected the keys "nodes" and "variables"/);
    await expect(openImport(at('nothing.json'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
