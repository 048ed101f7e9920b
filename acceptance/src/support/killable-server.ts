import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Answer, type CallOptions, callServer } from '../../../apps/control-room/test-support/server.ts';
import { freePort, isReady, type Program, postmasterPid, startProgram, until } from './processes.ts';

const PASSWORD = 'a-password-for-the-faults';
/** Longer than this no server is ever away. */
const PATIENCE_MS = 60_000;

/** The real server as a process, to be killed and started again; with a database of its own unless it was given one. */
export interface KillableServer {
  readonly url: string;
  readonly dataDir: string;
  /** Of the administrator. */
  readonly token: string;
  /** As the power would. */
  kill(): Promise<void>;
  /** Its own one. */
  killDatabase(): Promise<void>;
  /** Again, after it was killed. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Does nothing any more, and does not know it, until it is woken. */
  fallAsleep(): void;
  wake(): void;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A client as one should be: it repeats what was not answered, under the same key. */
  insist(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer['body']>;
  /** Looks into its own database past the server, for what no call shows. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * @param folder for its data; servers over one database share it
 * @param more of its environment: `DATABASE_URL` above all, and `SIGNALBOX_ADMIN_PASSWORD` where somebody else set it
 */
export async function startKillableServer(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<KillableServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = more.SIGNALBOX_DATA_DIR ?? join(folder, 'data');
  const password = more.SIGNALBOX_ADMIN_PASSWORD ?? PASSWORD;
  const env = {
    PORT: String(port),
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: password,
    SIGNALBOX_LOG_LEVEL: 'warn',
    ...more,
  };
  let program: Program;
  let token = '';

  async function start(): Promise<void> {
    program = startProgram('apps/control-room/src/main.ts', env);
    await until(`the server is up: ${program.output()}`, isReady(url));
  }

  const call: KillableServer['call'] = (method, path, options = {}) =>
    callServer(url, method, path, options.headers?.authorization ? options : { token, ...options });

  async function logIn(): Promise<void> {
    const body = { username: 'admin', password, multipleLogin: true };
    token = (await callServer(url, 'POST', '/v2/authentication', { body })).body.token;
  }

  await start();
  await logIn();
  return {
    url,
    dataDir,
    token,
    start,
    call,
    kill: () => program.kill(),
    fallAsleep: () => void program.child.kill('SIGSTOP'),
    wake: () => void program.child.kill('SIGCONT'),
    killDatabase: async () => {
      process.kill(await postmasterPid(dataDir), 'SIGKILL');
    },
    stop: () => program.stop(),
    insist: async (method, path, body, headers = {}) => {
      const key = randomUUID();
      for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
        const answer = await call(method, path, { body, headers: { 'idempotency-key': key, ...headers } }).catch(
          () => undefined,
        );
        if (answer && answer.status < 500) {
          if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
          return answer.body;
        }
        await sleep(100);
      }
      throw new Error(`${method} ${path} was not answered within ${PATIENCE_MS / 1_000} s: ${program.output()}`);
    },
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const lines = (await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
      const client = new pg.Client({
        host: lines[4] ?? '',
        port: Number(lines[3]),
        user: 'signalbox',
        database: 'signalbox',
        password: (await readFile(join(dataDir, 'postgres', 'password'), 'utf8')).trim(),
      });
      await client.connect();
      try {
        // The caller names the columns in the statement.
        return (await client.query(text, [...values])).rows as Row[];
      } finally {
        await client.end();
      }
    },
  };
}
