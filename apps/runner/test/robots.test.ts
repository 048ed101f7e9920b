import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder } from '../../../packages/importers/test-support/folder.ts';
import { type Agent, createRunnerLog, readRunnerConfiguration, startAgent } from '../src/index.ts';
import { type ControlRoomByHand, controlRoomByHand, robotZip } from '../test-support/control-room-by-hand.ts';
import { isAlive } from '../test-support/processes.ts';
import { findPython } from '../test-support/python.ts';

/** Robots in the real runner, against a server by hand. */
const python = findPython();
const folder = testFolder();
let room: ControlRoomByHand;
let agent: Agent;

beforeEach(async () => {
  room = await controlRoomByHand();
  const configuration = readRunnerConfiguration({
    SIGNALBOX_URL: room.url,
    SIGNALBOX_RUNNER_TOKEN: 'token',
    SIGNALBOX_RUNNER_DIR: folder.at('data'),
    SIGNALBOX_RUNNER_CAPACITY: '2',
  });
  agent = await startAgent(configuration, createRunnerLog('silent'));
  await agent.connected;
});
afterEach(async () => {
  await agent.stop();
  await room.close();
});

const yaml = (shell: string, more = ''): string => `tasks:\n  Main:\n    shell: ${shell}\n${more}`;
const script = (source: string, more = ''): Promise<Buffer> =>
  robotZip({ 'robot.yaml': yaml('python main.py', more), 'main.py': source });

describe.skipIf(!python)('a robot', () => {
  it('runs in its folder, and what it says is told line by line', async () => {
    const robot = await script(
      [
        'import os, sys',
        'print("in", os.path.basename(os.getcwd()), os.listdir("."))',
        'print("bad", file=sys.stderr)',
        'print("end", end="")',
      ].join('\n'),
    );
    const id = room.order(robot);
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED', version: 1 });
    expect(room.started(id)).toBe(true);
    await room.said(id, 'end');
    const told = room.lines(id).map(({ level, text }) => `${level} ${text}`);
    expect(told.sort()).toEqual(['error bad', 'info end', "info in robot ['main.py', 'output', 'robot.yaml']"].sort());
    expect(await room.artifact(id, 'stdout.log')).toContain('in robot');
    expect(await room.artifact(id, 'stderr.log')).toBe('bad\n');
  });

  it('leaves what it put out as files of the run, and nothing on the device', async () => {
    const robot = await script(
      ['import os', 'os.makedirs("out/deep")', 'open("out/deep/bill.txt", "w").write("3 EUR")'].join('\n'),
      'artifactsDir: out',
    );
    const id = room.order(robot);
    expect(await room.artifact(id, 'deep/bill.txt')).toBe('3 EUR');
    expect(room.artifacts(id)).toEqual(['deep/bill.txt']);
    await agent.stop();
    expect(readdirSync(folder.at('data/robots/runs'))).toEqual([]);
    expect(readdirSync(folder.at('data/runs'))).toEqual([]);
  });

  it('leaves all of it, also where that is many files', async () => {
    const robot = await script('for n in range(120): open(f"output/{n:03}.txt", "w").write(str(n))');
    const id = room.order(robot);
    expect(await room.artifact(id, '119.txt')).toBe('119');
    expect(room.artifacts(id)).toHaveLength(120);
  });

  it('that ends with another code than 0 has failed, with its last words', async () => {
    const id = room.order(await script('import sys\nprint("a")\nsys.stderr.write("one\\ntwo")\nsys.exit(3)'));
    expect(await room.result(id)).toMatchObject({ status: 'RUN_FAILED', message: 'Exit code 3.\none\ntwo' });
  });

  it('sees what was ordered for it and its own places, and no setting of the runner', async () => {
    process.env.SIGNALBOX_TEST_SECRET = 'nobody may see this';
    const robot = await script(
      ['import json, os', 'json.dump(dict(os.environ), open("output/env.json", "w"))'].join('\n'),
      'PATH: [tools]\nPYTHONPATH: [lib]',
    );
    const id = room.order(robot, { environment: { RC_WORKSPACE_ID: 'w1', PYTHONPATH: '/more' } });
    const seen = JSON.parse(await room.artifact(id, 'env.json'));
    delete process.env.SIGNALBOX_TEST_SECRET;
    expect(Object.keys(seen).filter((name) => name.startsWith('SIGNALBOX'))).toEqual([]);
    expect(seen).toMatchObject({ RC_WORKSPACE_ID: 'w1', HOME: process.env.HOME });
    expect(seen.ROBOT_ROOT).toMatch(/robots\/runs\/[\da-f-]{36}\.1\/robot$/);
    expect(seen.ROBOT_ARTIFACTS).toBe(`${seen.ROBOT_ROOT}/output`);
    expect(seen.PYTHONPATH).toBe(`${seen.ROBOT_ROOT}/lib:/more`);
    expect(seen.PATH).toContain(`${seen.ROBOT_ROOT}/tools:`);
    expect(seen.PYTHON_EXE).toMatch(/python/);
  });

  it('cannot tell its secrets, neither to the log nor to its files of outputs', async () => {
    const robot = await script(
      'import os, sys\nprint("it is", os.environ["RC_TOKEN"])\nsys.exit(os.environ["RC_TOKEN"])',
    );
    const id = room.order(robot, { environment: { RC_TOKEN: 'open-sesame' }, secrets: ['RC_TOKEN', 'NOT_THERE'] });
    expect(await room.result(id)).toMatchObject({ message: 'Exit code 1.\n••••' });
    await room.said(id, 'it is ••••');
    expect(await room.artifact(id, 'stdout.log')).toBe('it is ••••\n');
  });

  it('that is stopped ends with everything it started, also what does not listen', async () => {
    const robot = await script(
      [
        'import signal, subprocess, sys, time',
        'signal.signal(signal.SIGTERM, lambda *_: (print("stopping"), sys.exit(0)))',
        'stubborn = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(chr(33), flush=True); time.sleep(600)"',
        'one = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)',
        'two = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)',
        'one.stdout.readline(); two.stdout.readline()',
        'print("children", one.pid, two.pid)',
        'time.sleep(600)',
      ].join('\n'),
    );
    const id = room.order(robot);
    await room.said(id, 'children');
    room.command(id, 'PAUSE');
    room.command(id, 'STOP');
    expect(await room.result(id)).toMatchObject({ status: 'RUN_ABORTED', message: 'Somebody stopped it.' });
    await room.said(id, 'stopping');
    const children =
      room
        .texts(id)
        .find((line) => line.startsWith('children'))
        ?.split(' ')
        .slice(1)
        .map(Number) ?? [];
    expect(children).toHaveLength(2);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it('that takes longer than it may is ended', async () => {
    const id = room.order(await script('import time\ntime.sleep(600)'), { timeoutSeconds: 1 });
    expect(await room.result(id)).toMatchObject({
      status: 'RUN_TIMED_OUT',
      message: 'It was still running after 1 s.',
    });
  });

  it('that has been lost is ended without a word', async () => {
    const id = room.order(await script('import time\nprint("here")\ntime.sleep(600)'));
    await room.said(id, 'here');
    room.lose(id);
    const other = room.order(await script('print("next")'));
    expect(await room.result(other)).toMatchObject({ status: 'COMPLETED' });
    await agent.stop();
    expect(room.calls.some((call) => call.includes(`runs/${id}/1/artifacts`))).toBe(false);
  });

  it('that may not begin does nothing at all', async () => {
    room.refuseToBegin();
    const id = room.order(await script('open("output/x", "w")', 'preRunScripts: [touch output/y]'));
    const other = room.order(await robotZip({}));
    expect(await room.result(other)).toMatchObject({ status: 'DEPLOY_FAILED' });
    await agent.stop();
    expect(room.started(id)).toBe(true);
    expect(room.artifacts(id)).toEqual([]);
  });

  it('runs its scripts first, and not at all when one of them fails', async () => {
    const files = {
      'robot.yaml': yaml('python main.py', 'preRunScripts: [python pre.py 0, python pre_windows.py, python pre.py 7]'),
      'main.py': 'print("main")',
      'pre.py': 'import sys\nprint("pre", sys.argv[1])\nsys.exit(int(sys.argv[1]))',
    };
    const id = room.order(await robotZip(files));
    expect(await room.result(id)).toMatchObject({
      status: 'RUN_FAILED',
      message: 'The script before the task, "python pre.py 7": Exit code 7.',
    });
    await room.said(id, 'pre 7');
    expect(room.texts(id)).toEqual(['pre 0', 'pre 7']);
  });

  it('tells of its robolog while it runs, and of nothing twice', async () => {
    const robot = await script(
      [
        'import os, time',
        'log = open("output/output.robolog", "w")',
        'def say(*lines):',
        '    for line in lines: log.write(line + "\\n")',
        '    log.flush()',
        'say("T 2026-11-22T10:00:00.000+00:00", \'M a:"Post"\', \'M b:""\', "P c:a|b|b|b|1", "ST c|0.1", \'M d:"stdout"\', \'M e:"printed"\', \'M f:"\\\\n"\')',
        'print("printed")',
        'say("C d|e|0.2", "C d|f|0.2", \'M g:"only in the log"\', "L W|g|c|0.3")',
        'while not os.path.exists("output/go"): time.sleep(0.02)',
        'log = open("output/output_2.robolog", "w")',
        'say("T 2026-11-22T10:00:00.000+00:00", \'M a:"ERROR"\', \'M b:"no total"\', "STB b|1.1", "ET a|b|1.5")',
      ].join('\n'),
    );
    const id = room.order(robot);
    await room.said(id, 'only in the log');
    expect(room.lines(id).find(({ text }) => text === 'only in the log')).toMatchObject({
      level: 'warn',
      occurredOn: '2026-11-22T10:00:00.300Z',
    });
    const [run] = readdirSync(folder.at('data/robots/runs'));
    folder.write(`data/robots/runs/${run}/robot/output/go`, '');
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED' });
    await room.said(id, 'ended');
    expect([...room.texts(id)].sort()).toEqual([
      'Task "Post" began.',
      'The task ended: ERROR: no total',
      'no total',
      'only in the log',
      'printed',
    ]);
    expect(await room.artifact(id, 'output_2.robolog')).toContain('no total');
  });

  it('that removes all around it harms nobody but itself', async () => {
    const source = [
      'import os, shutil',
      'print("before", flush=True)',
      // What the runner writes at this moment may be there again.
      'shutil.rmtree(os.path.dirname(os.path.dirname(os.environ["ROBOT_ROOT"])), ignore_errors=True)',
      'print("after")',
    ];
    const id = room.order(await script(source.join('\n')));
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED' });
    await room.said(id, 'after');
    const next = room.order(await script('print("next")'));
    expect(await room.result(next)).toMatchObject({ status: 'COMPLETED' });
  });

  it('finds what its package holds where it puts out, but for the log of another run', async () => {
    const files = { 'robot.yaml': yaml('python main.py'), 'main.py': 'print(open("output/form.txt").read())' };
    const old = 'T 2026-11-22T10:00:00.000+00:00\nM a:"of another run"\nL I|a|a|1\n';
    const id = room.order(await robotZip({ ...files, 'output/form.txt': 'form', 'output/output.robolog': old }));
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await room.artifact(id, 'form.txt')).toBe('form');
    await room.artifact(id, 'stdout.log');
    expect(room.texts(id)).toEqual(['form']);
  });

  it('that another run needs, too, is fetched once', async () => {
    const robot = await script('print("here")');
    const [one, two] = [room.order(robot), room.order(robot)];
    await Promise.all([room.result(one), room.result(two)]);
    const three = room.order(robot);
    expect(await room.result(three)).toMatchObject({ status: 'COMPLETED' });
    expect(room.calls.filter((call) => call.includes('/robots/'))).toHaveLength(1);
  });

  it('beyond the slots of the device waits, and can be stopped while it does', async () => {
    const sleeping = await script('import time\nprint("here")\ntime.sleep(600)');
    const running = [room.order(sleeping), room.order(sleeping)];
    for (const id of running) await room.said(id, 'here');
    const id = room.order(sleeping);
    room.command(id, 'STOP');
    expect(await room.result(id)).toMatchObject({ status: 'RUN_ABORTED', message: 'It was stopped before it began.' });
    for (const one of running) room.command(one, 'STOP');
    for (const one of running) await room.result(one);
  });
});

describe('what is no robot that could run', () => {
  const refused = async (files: Record<string, string>, order = {}) => {
    const id = room.order(await robotZip(files), order);
    const result = await room.result(id);
    expect(result.status).toBe('DEPLOY_FAILED');
    expect(result.deviceFault).toBeUndefined();
    expect(room.started(id)).toBe(false);
    return result.message;
  };
  const robot = { packageName: 'Test', sha256: '0'.repeat(64), taskName: '' };

  it('is refused before it begins, with the reason', async () => {
    expect(await refused({ 'tasks.py': '' })).toMatch(/Expected "robot.yaml" at the top/);
    expect(await refused({ 'robot.yaml': 'tasks: []' })).toMatch(/robot.yaml, line 1: tasks: expected a map/);
    expect(await refused({ 'robot.yaml': yaml('sh x', 'artifactsDir: x'), x: '' })).toMatch(
      /expected a folder, got the file "x"/,
    );
    expect(await refused({ 'robot.yaml': yaml('sh x', 'condaConfigFile: a'), 'a/b': '' })).toMatch(/has no file "a"/);
    expect(await refused({ 'robot.yaml': yaml('sh x', 'condaConfigFile: a'), a: 'rccPostInstall: "x' })).toMatch(
      /^a, line/,
    );
    expect(await refused({ 'robot.yaml': yaml('no-such-program --now') })).toMatch(
      /"no-such-program", which the task starts with, is no program/,
    );
    expect(await refused({ 'robot.yaml': yaml('sh x', 'condaConfigFile: conda.yaml') })).toMatch(
      /has no file "conda.yaml"/,
    );
  });

  it('or has no such task', async () => {
    const id = room.order(await robotZip({ 'robot.yaml': yaml('sh x') }), { taskName: 'Other' });
    expect(await room.result(id)).toMatchObject({
      status: 'DEPLOY_FAILED',
      message: 'The robot has no task "Other". It has "Main".',
    });
  });

  it('or arrives as another one than was ordered', async () => {
    expect(await refused({ 'robot.yaml': yaml('sh x') }, { robot })).toMatch(/did not arrive as it was sent, 3 times/);
  });
});

it('a device says that it takes robots, and which tools it has for them', () => {
  const { capabilities } = room.device as { capabilities: { robots: boolean; robotTools: string[] } };
  expect(capabilities.robots).toBe(true);
  expect(capabilities.robotTools.includes('python3')).toBe(python);
});
