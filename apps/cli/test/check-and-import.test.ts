import { startControlRoom, type TestControlRoom } from '@signalbox/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assign, bot, callOf, node, signalbox, testFolder, text, zipOf } from './support.ts';

const { write } = testFolder();

const SECRET = 'Tr0ub4dor&3';
const main = bot([
  callOf('Automation Anywhere/Bots/Demo/Child'),
  callOf('Automation Anywhere/Bots/Demo/Gone'),
  node('Window.activateWindow'),
  node('Email.emailConnect', { emailPassword: text(SECRET) }, { disabled: true }),
]);
const child = bot([assign('x', 'nobody')]);

async function exported(): Promise<string> {
  const archive = await zipOf([
    [
      'manifest.json',
      JSON.stringify({
        files: [
          { path: 'Automation Anywhere\\Bots\\Demo\\Main', contentType: 'application/vnd.aa.taskbot' },
          { path: 'Automation Anywhere\\Bots\\Demo\\Child', contentType: 'application/vnd.aa.headlessbot' },
          { path: 'Automation Anywhere\\Bots\\Demo\\rates.csv', contentType: 'text/csv' },
          { path: 'Automation Anywhere\\Bots\\Demo\\Bad', contentType: 'application/vnd.aa.taskbot' },
        ],
        packages: [{ name: 'Window', version: '3.1.0', path: null }],
      }),
    ],
    ['Automation Anywhere/Bots/Demo/Main', main],
    ['Automation Anywhere/Bots/Demo/Child', child],
    ['Automation Anywhere/Bots/Demo/rates.csv', 'a,b\n1,2\n'],
    ['Automation Anywhere/Bots/Demo/Bad', '{"nodes":'],
    ['Automation Anywhere/Bots/Demo/MainMetadata/1.png', 'picture'],
  ]);
  return write('export.zip', archive);
}

describe('signalbox check', () => {
  it('tells each problem once, with its bot, and ends with 1', async () => {
    const { code, stdout } = await signalbox(['check', await exported()]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /Demo\/Child\n {2}error {4}line 1 {4}There is no variable "nobody".* \(undefined-variable\)/,
    );
    expect(stdout).toMatch(/Demo\/Main\n {2}error {4}line 2 {4}.*Gone.*\(missing-bot\)\n {2}error {4}line 3/);
    expect(stdout.match(/undefined-variable/g)).toHaveLength(1);
    expect(stdout).toContain('2 bots checked: 4 errors, 0 warnings');
  });

  it('says the same as JSON, API Tasks by the kind of their file or as asked', async () => {
    const zip = await exported();
    const byKind = JSON.parse((await signalbox(['check', zip, '--json'])).stdout);
    expect(byKind).toMatchObject({
      bots: [
        { bot: 'Automation Anywhere/Bots/Demo/Child', target: 'api-task', problems: [{ line: 1, severity: 'error' }] },
        { bot: 'Automation Anywhere/Bots/Demo/Main', target: 'device' },
      ],
      unread: [{ path: 'Automation Anywhere/Bots/Demo/Bad', code: 'unreadable-bot' }],
      errors: 4,
    });
    const logging = bot([
      node('LogToFile.logToFile', { filePath: { type: 'FILE', string: 'file://a' }, logContent: text('x') }),
    ]);
    const path = write('log.json', logging);
    expect((await signalbox(['check', path])).code).toBe(0);
    expect(await signalbox(['check', path, '--target', 'api-task'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('device-only'),
    });
  });

  it('takes a file that is no bot for an error, and one that is not there for a wrong call', async () => {
    expect(await signalbox(['check', write('x.json', '{"a":1}')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('expected the keys "nodes" and "variables"'),
    });
    expect(await signalbox(['check', 'nowhere.zip'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('signalbox print', () => {
  it('shows some lines of a bot', async () => {
    const { stdout, code } = await signalbox(['print', 'samples/zip-code/bot.json', '--lines', '4-5']);
    expect([code, stdout]).toEqual([
      0,
      '4    If.if String.stringVariable $rRow{zip}$ EQ $sZip$, matchCase\n5      String.assign $rRow{state}$ → $State$\n',
    ]);
  });
});

describe('signalbox import', () => {
  it('reports what is in an export, what does not work here, and secrets without their values', async () => {
    const { stdout, stderr, code } = await signalbox(['import', await exported()]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'is an export of a Control Room: 2 bots (5 lines), 1 other file, 1 picture of the recorder',
    );
    expect(stdout).toMatch(/Window {2}not here {2}3\.1\.0/);
    expect(stdout).toMatch(/Window\.activateWindow {2}1 line in 1 bot {2}needs-desktop/);
    expect(stdout).toMatch(/Demo\/Main {2}line 4 {2}password {2}Email\.emailConnect: emailPassword/);
    expect(stdout).toMatch(/Demo\/Bad {2}Not a bot document/);
    expect(stdout + stderr).not.toContain(SECRET);
    expect((await signalbox(['import', await exported(), '--json'])).stdout).not.toContain(SECRET);
  });

  it('wants to know who puts the bots, and takes no password from the command line', async () => {
    const zip = await exported();
    const to = ['import', zip, '--to', 'http://127.0.0.1:1'];
    expect(await signalbox(to)).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected --user') });
    expect(await signalbox([...to, '--user', 'admin'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--password-file'),
    });
    const gone = await signalbox([...to, '--user', 'admin'], { env: { SIGNALBOX_PASSWORD: 'x' } });
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('http://127.0.0.1:1 cannot be reached') });
  });

  describe('into a Control Room', () => {
    let room: TestControlRoom;
    beforeAll(async () => {
      room = await startControlRoom();
    });
    afterAll(() => room.stop());

    const put = async (...more: readonly string[]) =>
      signalbox(['import', await exported(), '--to', `${room.url}/`, '--user', room.username, ...more], {
        env: { SIGNALBOX_PASSWORD: room.password },
      });
    const find = (path: string) =>
      room.client.call<{ id: string; type: string; hasErrors: boolean; version: string }>(
        'POST',
        '/v2/repository/workspaces/public/files/bypath',
        { path: `Automation Anywhere\\Bots\\${path}` },
      );

    it('puts bots and files with their folders, then skips, overwrites or changes nothing, as asked', async () => {
      const first = await put();
      expect(first.stderr).toBe('');
      expect(first.stdout).toContain('created      Automation Anywhere/Bots/Demo/Main');
      const there = await find('Demo\\Main');
      expect(there).toMatchObject({ type: 'application/vnd.aa.taskbot', hasErrors: true });
      expect(await find('Demo\\Child')).toMatchObject({ type: 'application/vnd.aa.headlessbot' });
      expect(await room.client.call('GET', `/v2/repository/files/${there.id}/content`)).toEqual(JSON.parse(main));
      const file = await find('Demo\\rates.csv');
      expect(await room.client.call('GET', `/v2/repository/files/${file.id}/content`)).toBe('a,b\n1,2\n');
      await expect(find('Demo\\MainMetadata')).rejects.toMatchObject({ status: 404 });

      const again = await put();
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('so nothing was changed') });
      expect((await put('--existing', 'skip')).stdout).toContain('skipped      Automation Anywhere/Bots/Demo/Main');
      expect((await find('Demo\\Main')).version).toBe(there.version);
      expect((await put('--existing', 'overwrite')).stdout).toContain(
        'overwritten  Automation Anywhere/Bots/Demo/Main',
      );
      expect(Number((await find('Demo\\Main')).version)).toBeGreaterThan(Number(there.version));
    });

    it('tells a wrong password without it', async () => {
      const args = ['import', await exported(), '--to', room.url, '--user', room.username];
      const { code, stderr } = await signalbox(args, { env: { SIGNALBOX_PASSWORD: 'wrong-made-up' } });
      expect([code, stderr]).toEqual([1, expect.stringContaining('does not let this user in')]);
      expect(stderr).not.toContain('wrong-made-up');
    });
  });
});
