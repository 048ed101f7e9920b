import { join } from 'node:path';
import type { KillableServer } from './killable-server.ts';
import { type Program, startProgram, until } from './processes.ts';

/** The real runner as a process, to be killed and started again. */
export interface KillableRunner {
  readonly dataDir: string;
  /** As the power would. */
  kill(): Promise<void>;
  /** Again, after it was killed. @param url of what stands before the server */
  start(url?: string): void;
  /** Does nothing any more, and does not know it, until it is killed. */
  fallAsleep(): void;
  runs(): boolean;
}

/** Registers a runner and starts it; that it is connected is not waited for. @param name of its folder */
export async function startKillableRunner(
  server: KillableServer,
  folder: string,
  { name = 'runner', capacity = 1 }: { readonly name?: string; readonly capacity?: number } = {},
): Promise<KillableRunner> {
  const dataDir = join(folder, name);
  const { token } = await server.insist('POST', '/signalbox/v1/runner-tokens');
  let program: Program;
  function start(url = server.url): void {
    program = startProgram('apps/runner/src/main.ts', {
      SIGNALBOX_URL: url,
      // Of no use after the first start: the runner has a key of its own by then.
      SIGNALBOX_RUNNER_TOKEN: token,
      SIGNALBOX_RUNNER_DIR: dataDir,
      SIGNALBOX_RUNNER_CAPACITY: String(capacity),
      SIGNALBOX_LOG_LEVEL: 'warn',
    });
  }
  start();
  return {
    dataDir,
    start,
    kill: () => program.kill(),
    fallAsleep: () => void program.child.kill('SIGSTOP'),
    runs: () => program.child.exitCode === null && program.child.signalCode === null,
  };
}

/** Waits until the only device there is is connected. Answers its id. */
export async function onlyDevice(server: KillableServer): Promise<string> {
  let deviceId = '';
  await until('the device is connected', async () => {
    const { list } = await server.insist('POST', '/v2/devices/list', {});
    deviceId = list[0]?.id ?? '';
    return list[0]?.status === 'CONNECTED';
  });
  return deviceId;
}
