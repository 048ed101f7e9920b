import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Answer, type CallOptions, callServer } from '../../../apps/control-room/test-support/server.ts';
import { freePort, isReady, type Program, postmasterPid, startProgram, until } from './processes.ts';

const PASSWORD = 'a-password-for-the-faults';

/** The real server as a process with a database of its own, to be killed and started again. */
export interface KillableServer {
  readonly url: string;
  readonly dataDir: string;
  /** As the power would. */
  kill(): Promise<void>;
  killDatabase(): Promise<void>;
  /** Again, after it was killed. */
  start(): Promise<void>;
  stop(): Promise<void>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A client as one should be: it repeats what was not answered, under the same key. */
  insist(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer['body']>;
  /** Looks into the database past the server, for what no call shows. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export async function startKillableServer(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<KillableServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = join(folder, 'data');
  const env = {
    PORT: String(port),
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
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
    const body = { username: 'admin', password: PASSWORD, multipleLogin: true };
    token = (await callServer(url, 'POST', '/v2/authentication', { body })).body.token;
  }

  await start();
  await logIn();
  return {
    url,
    dataDir,
    start,
    call,
    kill: () => program.kill(),
    killDatabase: async () => {
      process.kill(await postmasterPid(dataDir), 'SIGKILL');
    },
    stop: () => program.stop(),
    insist: async (method, path, body, headers = {}) => {
      const key = randomUUID();
      for (;;) {
        const answer = await call(method, path, { body, headers: { 'idempotency-key': key, ...headers } }).catch(
          () => undefined,
        );
        if (answer && answer.status < 500) {
          if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
          return answer.body;
        }
        await sleep(100);
      }
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
