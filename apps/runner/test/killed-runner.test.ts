import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Program, startProgram, until } from '../../../acceptance/src/support/processes.ts';
import { testFolder } from '../../../packages/importers/test-support/folder.ts';
import { type ControlRoomByHand, controlRoomByHand, robotZip } from '../test-support/control-room-by-hand.ts';
import { isAlive } from '../test-support/processes.ts';
import { findPython } from '../test-support/python.ts';

/** What is left of a robot when its runner is killed at once. */
const folder = testFolder();
let room: ControlRoomByHand;
let runner: Program;

const start = (): void => {
  runner = startProgram('apps/runner/src/main.ts', {
    SIGNALBOX_URL: room.url,
    SIGNALBOX_RUNNER_TOKEN: 'token',
    SIGNALBOX_RUNNER_DIR: folder.at('data'),
    SIGNALBOX_RUNNER_CAPACITY: '1',
  });
};

beforeEach(async () => {
  room = await controlRoomByHand();
  start();
});
afterEach(async () => {
  await runner.kill();
  await room.close();
});

describe.skipIf(!findPython())('a robot whose runner is killed', () => {
  it('is ended at the next start with everything it started, and what it had put out is sent', async () => {
    const source = [
      'import os, signal, subprocess, sys, time',
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
      'signal.signal(signal.SIGPIPE, signal.SIG_IGN)',
      'open("output/half.txt", "w").write("half of it")',
      'sleep = [sys.executable, "-c", "import time; time.sleep(600)"]',
      'children = [subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]',
      'print("processes", os.getpid(), *[one.pid for one in children])',
      'time.sleep(600)',
    ];
    const id = room.order(
      await robotZip({ 'robot.yaml': 'tasks: {Main: {shell: python main.py}}', 'main.py': source.join('\n') }),
    );
    await room.said(id, 'processes');
    const pids = room.texts(id)[0]?.split(' ').slice(1).map(Number) ?? [];
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    await runner.kill();
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    start();
    await until('they are gone', async () => !pids.some(isAlive), 20);
    expect(await room.artifact(id, 'half.txt')).toBe('half of it');
    expect(await room.artifact(id, 'stdout.log')).toContain('processes');
    // The next one finds the slot free.
    const next = room.order(await robotZip({ 'robot.yaml': 'tasks: {Main: {shell: python -V}}' }));
    expect(await room.result(next)).toMatchObject({ status: 'COMPLETED' });
  });
});
