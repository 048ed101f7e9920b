import { chmodSync, existsSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, compileBot, createRegistry, readBot } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { standardPackages } from '../src/index.ts';
import { act, testHost } from './support.ts';

const condition = (path: string) => ({
  name: 'condition',
  value: { type: 'CONDITIONAL', packageName: 'File', conditionalName: 'fileExists' },
  attributes: [{ name: 'sourceFilePath', value: { type: 'FILE', string: path } }],
});
const waitFor = (path: string, seconds: string, isThrowException: boolean) => ({
  uid: 'wait',
  packageName: 'Wait',
  commandName: 'waitForCondition',
  attributes: [
    condition(path),
    { name: 'waitTimeout', value: { type: 'NUMBER', number: seconds } },
    { name: 'isThrowException', value: { type: 'BOOLEAN', boolean: isThrowException } },
  ],
});
const run = async (...nodes: object[]) => {
  const registry = createRegistry(standardPackages);
  const { bot, problems } = await compileBot(readBot(JSON.stringify({ nodes, variables: [] })), {
    registry,
    path: 'Bots/W',
  });
  expect(problems).toEqual([]);
  const host = testHost();
  return { host, running: bot?.run({ host }) };
};

describe('Wait.waitForCondition', () => {
  it('goes on as soon as the condition holds', async () => {
    const began = performance.now();
    const { host, running } = await run(waitFor('ready.txt', '30', true));
    writeFileSync(join(host.folder, 'ready.txt'), '');
    expect((await running)?.outcome).toBe('completed');
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('fails when its time is up, or goes on, as the bot says', async () => {
    const strict = await run(waitFor('never.txt', '0', true));
    expect((await strict.running)?.error).toMatchObject({ line: 1, message: expect.stringContaining('did not hold') });
    const lenient = await run(waitFor('never.txt', '0', false));
    expect((await lenient.running)?.outcome).toBe('completed');
  });

  it('ends when the run is stopped', async () => {
    const { host, running } = await run(waitFor('never.txt', '600', true));
    host.stop();
    expect((await running)?.outcome).toBe('stopped');
  });
});

describe('Credential', () => {
  it('goes into a variable without being shown', () => {
    const secret = new BotCredential(() => 'hunter2');
    const read = act('Credential Manager.Read Credential', { credential: secret });
    expect(read).toBe(secret);
    const made = act('Credential.assignToCV', { credential: 'plain' });
    expect(String(made)).toBe('********');
  });
});

describe('Application.runApp', () => {
  it.skipIf(process.platform === 'win32')('starts a program with its parameters, in its folder', async () => {
    const host = testHost();
    const program = join(host.folder, 'job.sh');
    writeFileSync(program, '#!/bin/sh\nprintf "%s|" "$@" "$SIGNALBOX_SECRET" > out.part\nmv out.part out.txt\n');
    chmodSync(program, 0o755);
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = watch(host.folder, () => existsSync(join(host.folder, 'out.txt')) && resolve());
    process.env.SIGNALBOX_SECRET = 'token';
    try {
      await act('Application.runApp', { filePath: 'job.sh', parameters: 'a "b c" --d="e f"' }, host);
      await promise;
    } finally {
      watcher.close();
      delete process.env.SIGNALBOX_SECRET;
    }
    expect(act('TextFile.ReadFile', { filePath: 'out.txt' }, host)).toBe('a|b c|--d=e f||');
  });

  it('says what is no program', async () => {
    const host = testHost();
    writeFileSync(join(host.folder, 'report.pdf'), '');
    await expect(act('Application.runApp', { filePath: 'report.pdf' }, host)).rejects.toThrow(/is no program/);
    await expect(act('Application.runApp', { filePath: 'gone.exe' }, host)).rejects.toThrow(/is not there/);
  });
});
