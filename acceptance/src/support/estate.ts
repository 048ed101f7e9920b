import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../apps/control-room/src/kernel/embedded-postgres/index.ts';
import { createLogger } from '../../../apps/control-room/src/kernel/log.ts';
import { advanceClock } from '../../../apps/control-room/test-support/database.ts';
import { type Answer, callServer } from '../../../apps/control-room/test-support/server.ts';
import { freePort, isReady, type Program, startProgram, until } from './processes.ts';

/* A whole estate of processes that can be killed one by one: a database, servers over it, runners, a receiver of callbacks. */

const PASSWORD = 'a-password-for-the-estate';
/** Whatever is said is repeated until it is answered; longer than this nothing is ever away. */
const PATIENCE_MS = 60_000;

export interface Member {
  readonly name: string;
  readonly url: string;
  /** kill -9, and a new one in its place that is not waited for. */
  killAndStart(): Promise<void>;
  /** What it has said, those before it too. */
  readonly output: () => string;
  readonly pid: () => number;
}

export interface Received {
  readonly eventId: string;
  // What a test asserts about; its shape is the contract's business.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

export interface Estate {
  readonly servers: readonly Member[];
  readonly runners: readonly Member[];
  readonly deviceIds: readonly string[];
  readonly postgres: EmbeddedPostgres;
  /** All that was posted to the receiver, repetitions too. */
  readonly received: readonly Received[];
  readonly receiverUrl: string;
  readonly folder: string;
  /** Says it to one server or another until it is answered, under one key. @throws what is refused */
  insist(method: string, path: string, body?: unknown): Promise<Answer>;
  /** As somebody with the database's own tools would. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  advance(duration: Temporal.DurationLike): Promise<void>;
  addRunner(capacity: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startEstate(counts: { readonly servers: number }): Promise<Estate> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-estate-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), log: createLogger('silent') });
  const receiver = await openReceiver();
  const servers: Member[] = [];
  const runners: Member[] = [];
  const deviceIds: string[] = [];
  const programs = new Set<() => Promise<void>>();

  async function member(file: string, name: string, url: string, env: Record<string, string>): Promise<Member> {
    let before = '';
    let watched = true;
    /** As a supervisor does: what ends by itself, for want of a database that is starting, is started again. */
    const start = (): Program => {
      const started = startProgram(file, env);
      started.child.once('exit', () => {
        if (watched && program === started) setTimeout(again, 250, started);
      });
      return started;
    };
    let program = start();
    const again = (ended: Program): void => {
      if (!watched || program !== ended) return;
      before += ended.output();
      program = start();
    };
    programs.add(() => {
      watched = false;
      return program.kill();
    });
    return {
      name,
      url,
      killAndStart: async () => {
        const killed = program;
        await killed.kill();
        again(killed);
      },
      output: () => before + program.output(),
      pid: () => program.child.pid ?? 0,
    };
  }

  async function addServer(): Promise<void> {
    const port = await freePort();
    const dataDir = join(folder, `server-${servers.length + 1}`);
    const url = `http://127.0.0.1:${port}`;
    await mkdir(dataDir, { mode: 0o700 });
    if (servers.length > 0) await cp(join(folder, 'server-1', 'root.key'), join(dataDir, 'root.key'));
    const server = await member('apps/control-room/src/main.ts', `server ${servers.length + 1}`, url, {
      PORT: String(port),
      DATABASE_URL: postgres.connectionString,
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
      SIGNALBOX_OUTGOING_ALLOW: 'loopback',
      SIGNALBOX_LOG_LEVEL: 'warn',
    });
    servers.push(server);
    await until(`${server.name} is up`, isReady(url)).catch((cause: Error) => {
      throw new Error(`${cause.message} It said: ${server.output()}`, { cause });
    });
  }

  let token = '';
  let turn = 0;
  async function insist(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() };
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const url = servers[turn++ % servers.length]?.url ?? '';
      const answer = await callServer(url, method, path, { token, body, headers }).catch(() => undefined);
      if (answer && answer.status < 400) return answer;
      // Time was moved, so that the token is old.
      if (answer?.status === 401) token = await logIn(url).catch(() => token);
      else if (answer && answer.status < 500) throw new Error(`${method} ${path}: ${answer.text}`);
      if (Date.now() > deadline) throw new Error(`${method} ${path} was not answered: ${answer?.text}`);
      if (answer?.status !== 401) await sleep(50);
    }
  }

  const estate: Estate = {
    servers,
    runners,
    deviceIds,
    postgres,
    received: receiver.received,
    receiverUrl: receiver.url,
    folder,
    insist,
    advance: (duration) => advanceClock(postgres.connectionString, duration),

    async sql<Row extends object>(text: string, values: readonly unknown[] = []) {
      const client = new pg.Client({ ...postgres.connection, options: '-c search_path=signalbox -c timezone=UTC' });
      await client.connect();
      try {
        return (await client.query<Row>(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },

    async addRunner(capacity) {
      const registration = (await insist('POST', '/signalbox/v1/runner-tokens', {})).body.token;
      const server = servers[runners.length % servers.length];
      const runner = await member('apps/runner/src/main.ts', `runner ${runners.length + 1}`, server?.url ?? '', {
        SIGNALBOX_URL: server?.url ?? '',
        SIGNALBOX_RUNNER_DIR: join(folder, `runner-${runners.length + 1}`),
        SIGNALBOX_RUNNER_CAPACITY: String(capacity),
        SIGNALBOX_RUNNER_TOKEN: registration,
        SIGNALBOX_LOG_LEVEL: 'warn',
      });
      runners.push(runner);
      await until(`${runner.name} is connected`, async () => {
        const { list } = (await insist('POST', '/v2/devices/list', {})).body;
        const fresh = list.find(
          ({ id, status }: { id: string; status: string }) => status === 'CONNECTED' && !deviceIds.includes(id),
        );
        if (fresh) deviceIds.push(fresh.id);
        return fresh !== undefined;
      });
    },

    async stop() {
      await Promise.all([...programs].map((kill) => kill()));
      receiver.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    // The first makes the root key and the schema.
    await addServer();
    for (let n = 1; n < counts.servers; n++) await addServer();
    token = await logIn(servers[0]?.url ?? '');
    return estate;
  } catch (cause) {
    await estate.stop();
    throw cause;
  }
}

async function logIn(url: string): Promise<string> {
  const answer = await callServer(url, 'POST', '/v2/authentication', {
    body: { username: 'admin', password: PASSWORD, multipleLogin: true },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.token;
}

/** Takes every callback and forgets none. */
async function openReceiver() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      received.push({ eventId: String(request.headers['webhook-id']), body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ended`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The words that bots wrote into a file that they share, each once for each time that a bot began. */
export async function beginnings(file: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return new Map([...Map.groupBy(lines, (line) => line)].map(([word, all]) => [word, all.length]));
}
