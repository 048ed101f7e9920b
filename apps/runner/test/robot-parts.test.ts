import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../packages/importers/test-support/folder.ts';
import { Artifacts } from '../src/artifacts.ts';
import { readRunnerConfiguration } from '../src/configuration.ts';
import { ControlRoomClient } from '../src/control-room-client.ts';
import { createRunnerLog } from '../src/log.ts';
import type { RobotOrder } from '../src/protocol.ts';
import { Environments } from '../src/robots/environments/environments.ts';
import { RobotCache } from '../src/robots/robot-cache.ts';
import { RobotFolders } from '../src/robots/robot-folders.ts';
import { RobotLog } from '../src/robots/robot-log.ts';
import { RobotRun, type Stop } from '../src/robots/robot-run.ts';
import { controlRoomByHand } from '../test-support/control-room-by-hand.ts';

const { at } = testFolder();

describe('the packages on disk', () => {
  it('make room for one another, those that were not used for longest first, and never for one that may be in use', async () => {
    const room = await controlRoomByHand();
    const client = new ControlRoomClient(room.url);
    const cache = new RobotCache(at('data'), client, createRunnerLog('silent'), new AbortController().signal, 250);
    const fetch = async (letter: string): Promise<string> => {
      const zip = Buffer.from(letter.repeat(100));
      const sha256 = createHash('sha256').update(zip).digest('hex');
      const robot = { sha256, packageName: '', taskName: '' };
      return cache.get({ id: room.order(zip), robot } as RobotOrder); // no more of it is looked at
    };
    const old = (path: string, hours: number): void =>
      utimesSync(path, new Date(), new Date(Date.now() - hours * 3_600_000));
    const [a, b] = [await fetch('a'), await fetch('b')];
    const c = await fetch('c');
    expect(readdirSync(at('data/robots/packages'))).toHaveLength(3);
    old(a, 2);
    old(b, 3);
    expect(await fetch('a')).toBe(a);
    old(c, 1);
    const d = await fetch('d');
    const left = [a, d].map((path) => path.slice(at('data/robots/packages').length + 1));
    expect(readdirSync(at('data/robots/packages')).sort()).toEqual(left.sort());
    await client.close();
    await room.close();
  });
});

describe('a robot that has not begun', () => {
  const stopped = (byPerson: boolean) => {
    const log = createRunnerLog('silent');
    const client = new ControlRoomClient('http://127.0.0.1:1');
    const configuration = readRunnerConfiguration({ SIGNALBOX_RUNNER_DIR: at('data') });
    const order = { id: randomUUID(), version: 1, robot: { sha256: '', packageName: '', taskName: '' } } as RobotOrder; // no more of it is looked at
    const artifacts = new Artifacts(configuration, client, log, new AbortController().signal);
    const stopping = new AbortController();
    const run = new RobotRun({
      order,
      folder: new RobotFolders(at('data'), artifacts, log).of(order),
      // Still on its way.
      fetchPackage: () => new Promise(() => {}),
      environments: new Environments(at('data')),
      log: new RobotLog({ say: () => {}, clean: (text) => text, fileOf: (stream) => at(stream) }),
      timeLimitMs: 1_000,
      stopping: stopping.signal,
      begin: async () => true,
    });
    const ended = run.work();
    stopping.abort({ message: 'Enough.', byPerson } satisfies Stop);
    return ended;
  };

  it('is aborted when somebody stops it, and handed back when the runner stops', async () => {
    expect(await stopped(true)).toEqual({ status: 'RUN_ABORTED', message: 'Enough.' });
    expect(await stopped(false)).toBe('notBegun');
  });
});

describe('what a robot says', () => {
  const listen = () => {
    const said: string[] = [];
    const log = new RobotLog({
      say: ({ level, text }) => said.push(`${level} ${text}`),
      clean: (text) => text.replaceAll('secret', '••••'),
      fileOf: (stream) => at(`${stream}.log`),
    });
    return { log, said };
  };

  it('comes in pieces and becomes lines', () => {
    const { log, said } = listen();
    log.output('stdout', 'one\r\ntw');
    log.output('stderr', 'three\n\n');
    log.output('stdout', 'o\n10 %\r50 %\r100 %\nsec');
    log.output('stdout', 'ret');
    log.close();
    expect(said).toEqual(['info one', 'error three', 'info two', 'info 100 %', 'info ••••']);
    expect(readFileSync(at('stdout.log'), 'utf8')).toBe('one\ntwo\n100 %\n••••\n');
  });

  it('is cut where it is too long, as a line and as a whole', () => {
    const { log, said } = listen();
    log.output('stdout', `${'x'.repeat(200_000)}\n`);
    expect(said[0]).toHaveLength('info '.length + 4_000);
    expect(said[0]?.endsWith('…')).toBe(true);
    log.output('stdout', 'again\n'.repeat(150_000));
    log.close();
    expect(said).toHaveLength(100_000);
    expect(said.at(-1)).toBe('info It says too much: the rest is in its files only.');
  });

  it('fills no more of the disk than is kept', () => {
    const { log } = listen();
    for (let i = 0; i < 200; i++) log.output('stdout', `${'y'.repeat(60_000)}\n`);
    log.close();
    const kept = readFileSync(at('stdout.log'), 'utf8');
    expect(kept.length).toBeLessThan(11 * 1024 * 1024);
    expect(kept.endsWith('The rest is left out.\n')).toBe(true);
  });

  it('is told once when its outputs and its robolog say the same, whichever is first, and as often as it was said', () => {
    const { log, said } = listen();
    const console = (text: string) => log.robolog({ kind: 'console', at: new Date(), stream: 'stdout', text });
    console('a\n');
    log.output('stdout', 'a\nb\nb\n');
    console('b');
    console('\nb\nb\n');
    expect(said).toEqual(['info a', 'info b', 'info b', 'info b']);
  });
});
