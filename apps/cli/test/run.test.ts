import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  assign,
  bot,
  callOf,
  endless,
  expression,
  into,
  log,
  node,
  signalbox,
  start,
  testFolder,
  text,
  throwing,
} from './support.ts';

const { at, write } = testFolder();
const output = (name: string, type = 'STRING') => ({ name, type, output: true });
const input = (name: string, type = 'STRING') => ({ name, type, input: true });

describe('signalbox run', () => {
  it('runs a sample and prints its outputs for people, or typed for programs', async () => {
    const args = ['run', 'samples/zip-code/bot.json', '--input', 'istrzipcode=76131'];
    expect(await signalbox(args)).toEqual({ code: 0, stdout: 'State  California\nPlace  San Jose\n', stderr: '' });
    const { stdout } = await signalbox([...args, '--json', '--target', 'api-task']);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'completed',
      outputs: { State: { type: 'STRING', string: 'California' } },
      steps: expect.any(Number),
    });
  });

  it('reads each input as what the variable is', async () => {
    const cases: readonly (readonly [type: string, given: string, expected: object])[] = [
      ['NUMBER', '3.50', { type: 'NUMBER', number: '3.5' }],
      ['BOOLEAN', 'True', { type: 'BOOLEAN', boolean: true }],
      ['STRING', 'a=b', { type: 'STRING', string: 'a=b' }],
      ['DATETIME', '2026-11-22T06:00:00+01:00', { type: 'DATETIME', string: '2026-11-22T06:00:00+01:00' }],
      ['LIST', '["a",1]', { type: 'LIST', list: [text('a'), { type: 'NUMBER', number: '1' }] }],
      ['DICTIONARY', '{"k":"v"}', { type: 'DICTIONARY', dictionary: [{ key: 'k', value: text('v') }] }],
      ['FILE', '/tmp/a b.txt', { type: 'FILE', string: '/tmp/a b.txt' }],
    ];
    const variables = cases.map(([type]) => ({ name: `it${type}`, type, input: true, output: true }));
    const given = cases.flatMap(([type, value]) => ['--input', `it${type}=${value}`]);
    const { stdout } = await signalbox(['run', write('echo.json', bot([], variables)), ...given, '--json']);
    expect(JSON.parse(stdout).outputs).toEqual(
      Object.fromEntries(cases.map(([type, , expected]) => [`it${type}`, expected])),
    );
  });

  it('takes inputs from a file, typed or plain, and those of the command line before them', async () => {
    const path = write(
      'two.json',
      bot(
        [],
        [
          { ...input('a'), output: true },
          { ...input('n', 'NUMBER'), output: true },
        ],
      ),
    );
    const file = write('in.json', JSON.stringify({ A: { type: 'STRING', string: 'file' }, n: 7 }));
    expect((await signalbox(['run', path, '--inputs', file])).stdout).toBe('a  file\nn  7\n');
    expect((await signalbox(['run', path, '--inputs', file, '--input', 'a=line'])).stdout).toBe('a  line\nn  7\n');
  });

  it('says what a wrong call should have been, with exit code 2', async () => {
    const path = write('echo.json', bot([], [{ name: 'it', type: 'NUMBER', input: true }]));
    const wrong = (...args: readonly string[]) => signalbox(['run', path, ...args]);
    const all = await Promise.all([
      wrong('--input', 'it=many'),
      wrong('--input', 'that=1'),
      wrong('--time-limit', 'soon'),
      wrong('--allow', 'everything'),
      wrong('--inptu', 'x'),
      wrong('--credential', 'Ops.Mail.password=hunter2'),
    ]);
    expect(all.map(({ code, stderr }) => [code, stderr.split('\n')[0]])).toEqual([
      [2, 'signalbox run: --input it: Expected a number, but got text "many". The variable is a NUMBER'],
      [2, 'signalbox run: The bot has no input "that". It has it (NUMBER)'],
      [2, 'signalbox run: Expected --time-limit as 90s, 5m or 1h, but got "soon"'],
      [2, expect.stringMatching(/^signalbox run: --allow: Expected public, private, loopback.* got "everything"/)],
      [2, expect.stringContaining("Unknown option '--inptu'")],
      [2, expect.stringMatching(/expected env:NAME or file:path .* not the secret itself$/)],
    ]);
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });

  it('shows the failing line of a sub-bot with the lines around it', async () => {
    const main = write('Automation Anywhere/Bots/Demo/Main', bot([callOf('Automation Anywhere/Bots/demo/CHILD')]));
    write(
      'Automation Anywhere/Bots/Demo/bot_Child/content.json',
      bot([assign('1', 'a'), throwing('no $a$'), assign('2', 'a')], [{ name: 'a', type: 'STRING' }]),
    );
    const { code, stdout, stderr } = await signalbox(['run', main]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Failed at line 2 of Automation Anywhere/Bots/demo/CHILD after');
    expect(stderr).toContain(`
  no 1

    1  String.assign "1" → $a$
  > 2  ErrorHandler.throw ErrorHandler.BotException, message: "no $a$"
    3  String.assign "2" → $a$
`);
  });

  it('finds called bots beside a file by the end of their path', async () => {
    const main = write('Main.json', bot([callOf('Automation Anywhere/Bots/Deep/Child')]));
    expect(await signalbox(['run', main])).toMatchObject({ code: 1, stderr: expect.stringContaining('missing-bot') });
    write('Child.json', bot([]));
    expect(await signalbox(['run', main])).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs nothing of a bot with errors', async () => {
    const path = write('bad.json', bot([log('ran'), node('Window.activateWindow')]));
    const { code, stderr } = await signalbox(['run', path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error {4}line 2 {4}Window\.activateWindow needs a Windows desktop.*\(needs-desktop\)/);
    expect(stderr).not.toContain('ran');
  });

  it('stops cleanly by Ctrl-C, with the line it was at', async () => {
    const path = write('long.json', bot([log('begun'), endless(assign('x', 'a'))], [output('a')]));
    const running = start(['run', path]);
    await running.said('begun');
    running.stop('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/Stopped at line [23] after[\s\S]*Stopped by Ctrl-C[\s\S]*Loop\.loop\.commands\.start/);
  });

  it('leaves at once what waits and does not end by itself', async () => {
    const wait = node('Delay.delay', { delayTime: { type: 'NUMBER', number: '600' }, timeUnit: text('SECONDS') });
    const running = start(['run', write('wait.json', bot([log('begun'), wait]))]);
    await running.said('begun');
    running.stop('SIGTERM');
    expect((await running.ended).code).toBe(130);
  });

  it('ends at its time limit', async () => {
    const { code, stderr } = await signalbox(['run', write('long.json', bot([endless()])), '--time-limit', '50ms']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('The time of the run is up')]);
  });

  it('fails a bot that pauses itself where nobody is at a terminal', async () => {
    const { code, stderr } = await signalbox(['run', write('pause.json', bot([node('TaskBot.pauseTask')]))]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('nobody at a terminal')]);
  });

  it('gives relative paths of the bot the work folder, and API Tasks none', async () => {
    const writing = bot([
      node('LogToFile.logToFile', { filePath: { type: 'FILE', string: 'file://out.txt' }, logContent: text('x') }),
    ]);
    const path = write('log.json', writing);
    write('work/empty', '');
    expect((await signalbox(['run', path, '--work-folder', at('work')])).code).toBe(0);
    expect(existsSync(at('work/out.txt'))).toBe(true);
    const refused = await signalbox(['run', path, '--target', 'api-task']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('device-only') });
  });

  it('knows global values and the fields of a work item', async () => {
    const path = write(
      'item.json',
      bot(
        [assign('$@Room$ $item{Name}$ $WorkItem:Attempt.Number:toString$', 'a')],
        [{ name: 'item', type: 'RECORD', workItem: true }, output('a')],
      ),
    );
    const args = ['run', path, '--global', 'room=7', '--field', 'Name=Ada'];
    expect(await signalbox(args)).toEqual({ code: 0, stdout: 'a  7 Ada 1\n', stderr: '' });
  });

  it('takes credentials from the environment or a file, and shows them nowhere', async () => {
    const credential = {
      type: 'CREDENTIAL',
      credential: { name: 'Mail', lockerName: 'Ops', attributeName: 'password' },
    };
    const path = write(
      'secret.json',
      bot(
        [assign('got $c$', 'a'), log('it is $c$'), throwing('bad $c$')],
        [{ name: 'c', type: 'CREDENTIAL', defaultValue: credential }, output('a')],
      ),
    );
    const secret = 'made-up-secret-1';
    const option = 'Ops.Mail.password=';
    const fromEnv = await signalbox(['run', path, '--credential', `${option}env:MAIL`], { env: { MAIL: secret } });
    const file = write('mail.txt', `${secret}\n`);
    const fromFile = await signalbox(['run', path, '--credential', `${option}file:${file}`]);
    for (const { code, stdout, stderr } of [fromEnv, fromFile]) {
      expect([code, stderr]).toEqual([1, expect.stringContaining('bad ********')]);
      expect(stdout + stderr).not.toContain(secret);
    }
    const without = await signalbox(['run', path]);
    expect(without.stderr).toContain('Give it with --credential Ops.Mail.password=env:NAME');
  });

  it('calls what is allowed, and says which option opens the rest', async () => {
    const server = createServer((_, answer) => answer.end('{"ok":true}')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const call = node('Rest.restGet', { uri: text(`http://127.0.0.1:${port}/`) }, into('d'));
      const path = write(
        'call.json',
        bot([call, assign('$d{Body}$', 'a')], [{ name: 'd', type: 'DICTIONARY' }, output('a')]),
      );
      expect((await signalbox(['run', path])).stderr).toContain('--allow public,private,loopback');
      expect(await signalbox(['run', path, '--allow', 'loopback'])).toMatchObject({
        code: 0,
        stdout: 'a  {"ok":true}\n',
      });
    } finally {
      server.close();
    }
  });

  it('shows tables as tables', async () => {
    const table = {
      schema: [
        { name: 'zip', type: 'STRING' },
        { name: 'place', type: 'STRING' },
      ],
      rows: [{ values: [text('1'), text('Bern')] }],
    };
    const path = write('table.json', bot([], [{ ...output('t', 'TABLE'), defaultValue: { type: 'TABLE', table } }]));
    expect((await signalbox(['run', path])).stdout).toBe('t  1 row\n  zip  place\n  1    Bern\n');
  });

  it('lets no bot play with the terminal', async () => {
    const { stderr } = await signalbox([
      'run',
      write('e.json', bot([log('a\u001b]0;owned\u0007b'), throwing('c\u001b[2Jd')])),
    ]);
    expect(stderr).toContain('a\uFFFD]0;owned\uFFFDb');
    expect(stderr).not.toContain('\u001b');
  });

  it('is there for npx under whatever Node has npm', async () => {
    const outside = process.env.PATH?.split(delimiter).filter((folder) => !folder.includes('node_modules'));
    const { stdout } = await promisify(execFile)('npx', ['signalbox', '--help'], {
      env: { ...process.env, PATH: outside?.join(delimiter) },
      shell: process.platform === 'win32',
    });
    expect(stdout).toContain('signalbox <command> [options]');
  });

  it('reads a bot from standard input', async () => {
    const stdin = bot([node('String.assign', { sourceString: expression('hi') }, into('a'))], [output('a')]);
    expect(await signalbox(['run', '-'], { stdin })).toMatchObject({ code: 0, stdout: 'a  hi\n' });
  });
});
