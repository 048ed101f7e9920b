import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, type BotValue } from '@signalbox/taskbot';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
  mkdirSync(at('in/deep'), { recursive: true });
  writeFileSync(at('in/a.txt'), 'one');
  writeFileSync(at('in/b.csv'), 'two');
  writeFileSync(at('in/deep/ü.txt'), 'three');
});
afterEach(() => removeFolder(host));

const at = (name: string) => join(host.folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');
const zip = async (more: Readonly<Record<string, BotValue>> = {}) =>
  act('Folder.zipFiles', { sourcePath: 'in', targetPath: 'a.zip', ...more }, host);
const unzip = async (more: Readonly<Record<string, BotValue>> = {}) =>
  act('Folder.unzipFiles', { sourcePath: 'a.zip', targetPath: 'out', ...more }, host);
const unpacked = () => (existsSync(at('out')) ? readdirSync(at('out'), { recursive: true }).sort() : []);

/** An archive as a stranger would make it. */
const craft = async (
  entries: readonly (readonly [name: string, content: Uint8Array, options?: ZipWriterAddDataOptions])[],
) => {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content, options] of entries) await writer.add(name, new Uint8ArrayReader(content), options);
  writeFileSync(at('a.zip'), await writer.close());
};

describe('an archive', () => {
  it('gives back what was put into it', async () => {
    await zip();
    await unzip();
    expect(unpacked()).toEqual(['a.txt', 'b.csv', 'deep', join('deep', 'ü.txt')]);
    expect(read('out/deep/ü.txt')).toBe('three');
  });

  it.each<[Readonly<Record<string, BotValue>>, string[]]>([
    [{ sourcePath: 'in/a.txt' }, ['a.txt']],
    [{ sourcePath: 'in/*.csv' }, ['b.csv']],
    [{ filterType: 'StringValue', filterExtensions: '.txt' }, ['a.txt', 'deep', join('deep', 'ü.txt')]],
    [{ filterExtensions: '*.csv; pdf', compressionLevel: 'None' }, ['b.csv']],
  ])('holds what is chosen by %o', async (more, expected) => {
    await zip(more);
    await unzip();
    expect(unpacked()).toEqual(expected);
  });

  it('is kept by a password', async () => {
    const password = new BotCredential(() => 'hunter2');
    await zip({ password });
    await expect(unzip()).rejects.toThrow(/password is missing or wrong/);
    const wrong = unzip({ password: new BotCredential(() => 'guess') });
    await expect(wrong).rejects.toThrow(/password is missing or wrong/);
    await unzip({ password, isOverwrite: true });
    expect(read('out/a.txt')).toBe('one');
  });

  it('takes the newer of two', async () => {
    await zip();
    writeFileSync(at('in/a.txt'), 'older');
    utimesSync(at('in/a.txt'), 1e9, 1e9);
    writeFileSync(at('in/b.csv'), 'newer');
    utimesSync(at('in/b.csv'), 3e9, 3e9);
    await zip({ sourcePath: 'in/*', isUpdateNewer: true });
    await unzip();
    expect([read('out/a.txt'), read('out/b.csv'), read('out/deep/ü.txt')]).toEqual(['one', 'newer', 'three']);
  });

  it('may replace its files', async () => {
    await zip({ isDeleteOriginalFiles: true });
    expect(readdirSync(at('in'), { recursive: true })).toEqual(['deep']);
  });

  it('overwrites only when told', async () => {
    await zip();
    mkdirSync(at('out'));
    writeFileSync(at('out/b.csv'), 'mine');
    await expect(unzip()).rejects.toThrow(/b\.csv" exists already/);
    expect(unpacked()).toEqual(['b.csv']);
    await unzip({ isOverwrite: true });
    expect(read('out/b.csv')).toBe('two');
  });

  it('is not begun without files, and needs to be one', async () => {
    await expect(zip({ filterExtensions: 'xyz' })).rejects.toThrow(/no file to zip/);
    await expect(zip({ sourcePath: 'none' })).rejects.toThrow(/not there/);
    await expect(unzip({ sourcePath: 'in/a.txt' })).rejects.toThrow(/no zip archive/);
    await expect(unzip({ sourcePath: 'none.zip' })).rejects.toThrow(/it is not there/);
  });

  it('is left when the run is stopped', async () => {
    host.stop();
    await expect(zip()).rejects.toThrow();
    expect(readdirSync(host.folder)).toEqual(['in']);
  });
});

describe('a hostile archive', () => {
  const content = new TextEncoder().encode('evil');

  it.each(['../evil.txt', 'a/../../evil.txt', '/tmp/evil.txt', '..\\evil.txt', 'C:\\evil.txt', 'C:evil.txt', '..'])(
    'with the name %s is refused before anything is written',
    async (name) => {
      await craft([
        ['good.txt', content],
        [name, content],
      ]);
      await expect(unzip()).rejects.toThrow(/refused|cannot be used/);
      expect(unpacked()).toEqual([]);
      expect(existsSync(at('evil.txt'))).toBe(false);
    },
  );

  it('with a link is refused', async () => {
    const link = { versionMadeBy: 0x0314, externalFileAttributes: (0o120777 << 16) >>> 0 };
    await craft([['link', new TextEncoder().encode('/etc'), link]]);
    await expect(unzip()).rejects.toThrow(/is a link/);
  });

  it('does not go through a link that was there before', async () => {
    await craft([['sub/evil.txt', content]]);
    mkdirSync(at('out'));
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('out/sub'));
    await expect(unzip()).rejects.toThrow(/leads out of the folder/);
    expect(readdirSync(at('elsewhere'))).toEqual([]);
  });

  it('that swells beyond reason is refused', async () => {
    await craft([['zeros', new Uint8Array(120 * 1024 * 1024), { level: 9 }]]);
    expect(readFileSync(at('a.zip')).length).toBeLessThan(200_000);
    await expect(unzip()).rejects.toThrow(/more than 200 times its size/);
    expect(unpacked()).toEqual([]);
  });

  it('that lies about its size is refused while it swells', async () => {
    await craft([['zeros', new Uint8Array(120 * 1024 * 1024), { level: 9, zip64: false }]]);
    const bytes = readFileSync(at('a.zip'));
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(1000, central + 24);
    writeFileSync(at('a.zip'), bytes);
    await expect(unzip()).rejects.toThrow(/200 times its size|broken/);
    expect(unpacked().filter((name) => !statIsFolder(String(name)))).toEqual([]);
  });
});

const statIsFolder = (name: string): boolean => existsSync(join(at('out'), name, '.'));
