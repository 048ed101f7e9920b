import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ControlRoom } from './control-room.ts';
import type { Bench } from './measurement.ts';
import { until } from './timing.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'runner', 'src', 'main.ts');
const STARTS_WITHIN_SECONDS = 30;

/** The real runner in a process of its own. */
export interface RunnerProcess {
  readonly deviceId: string;
  /** kill -9, and a new one in its place that is not waited for. */
  killAndStart(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when it is connected. @param name of its folder */
export async function startRunner(
  bench: Bench,
  room: ControlRoom,
  { name, capacity }: { readonly name: string; readonly capacity: number },
): Promise<RunnerProcess> {
  const before = new Set((await devices(room)).map(({ id }) => id));
  const { token } = await room.api<{ token: string }>('POST', '/signalbox/v1/runner-tokens');
  let child = start();
  // A measurement that fails must not leave it behind.
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  let deviceId = '';
  await until('the runner is connected', STARTS_WITHIN_SECONDS, async () => {
    const found = (await devices(room)).find(({ id, status }) => status === 'CONNECTED' && !before.has(id));
    deviceId = found?.id ?? '';
    return found !== undefined;
  });

  function start(): ChildProcess {
    return spawn(process.execPath, [MAIN], {
      env: {
        ...process.env,
        SIGNALBOX_URL: room.server.url,
        SIGNALBOX_RUNNER_TOKEN: token,
        SIGNALBOX_RUNNER_DIR: join(bench.folder, name),
        SIGNALBOX_RUNNER_CAPACITY: String(capacity),
        SIGNALBOX_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    await once(child, 'exit');
  }

  return {
    deviceId,
    killAndStart: async () => {
      await end('SIGKILL');
      child = start();
    },
    stop: async () => {
      await end('SIGTERM');
      process.off('exit', killWithUs);
    },
  };
}

async function devices(room: ControlRoom): Promise<readonly { readonly id: string; readonly status: string }[]> {
  const { list } = await room.api<{ list: { id: string; status: string }[] }>('POST', '/v2/devices/list', {});
  return list;
}
