import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'control-room', 'src', 'main.ts');
const STARTS_WITHIN_MS = 30_000;

export interface ServerOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly groupCommit?: boolean;
}

/** The real server in a process of its own, as a deployment starts it. */
export interface ServerProcess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The most memory it has had at once, in bytes; undefined where the system does not say. */
  peakMemory(): Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function startServer({ databaseUrl, dataDir, groupCommit = true }: ServerOptions): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const username = 'admin';
  const password = crypto.randomUUID();
  // BENCH_NODE_OPTIONS="--cpu-prof" profiles the server and nothing else.
  const options = process.env.BENCH_NODE_OPTIONS?.split(' ').filter((option) => option !== '') ?? [];
  const child = spawn(process.execPath, [...options, MAIN], {
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_USERNAME: username,
      SIGNALBOX_ADMIN_PASSWORD: password,
      SIGNALBOX_GROUP_COMMIT: groupCommit ? 'on' : 'off',
      SIGNALBOX_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // A measurement that fails must not leave it behind.
  process.once('exit', () => child.kill('SIGKILL'));
  await untilReady(url, child);
  return {
    url,
    username,
    password,
    peakMemory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it was ready.`);
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(50);
  }
  child.kill('SIGKILL');
  throw new Error(`The server was not ready within ${STARTS_WITHIN_MS / 1_000} s.`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
