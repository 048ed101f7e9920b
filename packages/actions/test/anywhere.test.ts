import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { checkBot, createRegistry } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { anywherePackages, packagesFor } from '../src/anywhere.ts';
import { standardPackages } from '../src/index.ts';

const bot = (...lines: (readonly [packageName: string, commandName: string])[]) =>
  JSON.stringify({
    nodes: lines.map(([packageName, commandName], index) => ({ uid: `${index}`, packageName, commandName })),
    variables: [],
  });

const problemsOf = async (document: string, target: 'anywhere' | 'device') =>
  checkBot(document, {
    registry: createRegistry(await packagesFor([document], target)),
    path: 'Bots/One',
    target,
  });

describe('the way in for API Tasks', () => {
  it('offers all that runs anywhere, and nothing else', async () => {
    const names = (declarations: typeof standardPackages) =>
      declarations.map((one) => `${one.kind} ${one.package}.${one.name}`).sort();
    expect(names(await anywherePackages())).toEqual(
      names(standardPackages.filter(({ runsOn }) => runsOn === 'anywhere')),
    );
  });

  it('says of what needs a device that it does, of what nobody knows that it is not there', async () => {
    const document = bot(['CsvTxt', 'CloseCsvTxt'], ['String', 'assign'], ['String', 'fold'], ['Csv', 'open']);
    expect((await problemsOf(document, 'anywhere')).map(({ line, code }) => [line, code])).toEqual([
      [1, 'device-only'],
      [3, 'unknown-command'],
      [4, 'unknown-command'],
    ]);
  });

  it('knows device commands by their other names too', async () => {
    const [problem] = await problemsOf(bot(['Prompt', 'ForYesOrNo']), 'anywhere');
    expect(problem?.code).toBe('device-only');
  });

  it('offers everything to a check for devices', async () => {
    const problems = await problemsOf(bot(['CsvTxt', 'CloseCsvTxt']), 'device');
    expect(problems).toEqual([]);
  });

  it('loads the packages that the bot names, and no others', () => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { packagesFor } = await import(${JSON.stringify(join(import.meta.dirname, '../src/anywhere.ts'))});
      await packagesFor([${JSON.stringify(bot(['Math', 'mathevaluate']))}], 'anywhere');
      console.log(JSON.stringify(loaded));`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }),
    ) as string[];
    const folders = new Set(loaded.flatMap((url) => /actions\/src\/([^/]+)\//.exec(url)?.[1] ?? []));
    expect([...folders].sort()).toEqual(['device-only', 'math', 'network', 'support']);
  });
});
