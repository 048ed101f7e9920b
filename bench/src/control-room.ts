import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { Pool } from 'undici';
import type { Bench } from './measurement.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** An item that a runner has. */
export interface HeldItem {
  readonly id: number;
  readonly version: number;
}

/** A running Control Room with one queue that is worked off by as many runners as there are callers. */
export interface ControlRoom {
  readonly server: ServerProcess;
  readonly queueId: number;
  readonly databaseUrl: string;
  /** Adds items in one request. The answer, the items as they are now, is read and not looked at. */
  add(payloads: readonly object[]): Promise<void>;
  /** One runner asks for up to so many items, and does not wait for any. */
  claim(runner: number, capacity: number): Promise<HeldItem[]>;
  /** One runner reports items as done. */
  complete(runner: number, items: readonly HeldItem[]): Promise<void>;
  /** A statement of the measurement's own, for what no client can do: a history, a vacuum, a look past the server. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Of the administrator, who made the queue. */
  readonly token: string;
  /** For calls that are not of the hot path. */
  readonly api: Api;
  /** The same with another token: of a workspace's key. */
  apiWith(token: string): Api;
  close(): Promise<void>;
}

export type Api = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

export interface ControlRoomOptions {
  readonly name: string;
  readonly runners: number;
  readonly groupCommit?: boolean;
  /** For calls of the measurement's own; one for each of its runners unless told. */
  readonly connections?: number;
}

/** Runners are silent for at most 30 s (the server says so when a session opens). */
const HEARTBEAT_MS = 10_000;

/** A bot that does nothing: nobody runs it here, but work is only given out with one. */
const BOT = { nodes: [], variables: [], packages: [] };

export async function openControlRoom(bench: Bench, options: ControlRoomOptions): Promise<ControlRoom> {
  const { name, runners, groupCommit = true, connections = runners } = options;
  const databaseUrl = await bench.databases.create(name);
  const dataDir = join(bench.folder, name);
  await mkdir(dataDir, { recursive: true });
  const server = await startServer({ databaseUrl, dataDir, groupCommit });
  const http = new Pool(server.url, { connections, pipelining: 1 });
  const own = new Client(databaseUrl);
  own.on('error', () => {});
  await own.connect();
  await own.query('set search_path = signalbox');

  async function send(token: string, method: string, path: string, body?: unknown): Promise<string> {
    const answer = await http.request({
      method: method as 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
    return text;
  }
  const call: Call = async <Answer>(token: string, method: string, path: string, body?: unknown) => {
    const text = await send(token, method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };

  const { token } = await call<{ token: string }>('', 'POST', '/v2/authentication', {
    username: server.username,
    password: server.password,
  });
  const api: Api = (method, path, body) => call(token, method, path, body);
  const fleet = await Promise.all(Array.from({ length: runners }, (_, index) => openRunner(api, call, index)));
  const queueId = await createQueue(api, own, fleet);

  const heartbeats = setInterval(() => {
    for (const { key, sessionId } of fleet) call(key, 'POST', '/runner/v1/heartbeat', { sessionId }).catch(() => {});
  }, HEARTBEAT_MS);
  const runner = (index: number): Runner => fleet[index % fleet.length] as Runner;

  return {
    server,
    queueId,
    databaseUrl,
    token,
    api,
    apiWith: (other) => (method, path, body) => call(other, method, path, body),
    add: async (payloads) => {
      await send(token, 'POST', `/v3/wlm/queues/${queueId}/workitems`, {
        workItems: payloads.map((json) => ({ json })),
      });
    },
    claim: async (index, capacity) => {
      const { key, sessionId } = runner(index);
      const { assignments } = await call<{ assignments: { items: HeldItem[] }[] }>(key, 'POST', '/runner/v1/work', {
        sessionId,
        capacity,
        waitSeconds: 0,
      });
      return assignments.flatMap(({ items }) => items);
    },
    complete: async (index, items) => {
      const { key, sessionId } = runner(index);
      const { accepted } = await call<{ accepted: number }>(key, 'POST', '/runner/v1/report', {
        sessionId,
        results: items.map(({ id, version }) => ({ id, version, status: 'COMPLETED' })),
      });
      if (accepted !== items.length) throw new Error(`Of ${items.length} results ${accepted} were accepted.`);
    },
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      // The caller names the columns in the statement.
      (await own.query(text, [...values])).rows as Row[],
    close: async () => {
      clearInterval(heartbeats);
      await http.close();
      await own.end();
      await server.stop();
    },
  };
}

interface Runner {
  readonly deviceId: number;
  readonly key: string;
  readonly sessionId: string;
}

type Call = <Answer>(token: string, method: string, path: string, body?: unknown) => Promise<Answer>;

async function openRunner(api: Api, call: Call, index: number): Promise<Runner> {
  const device = {
    hostName: `bench-${index}`,
    os: 'Linux',
    agentVersion: '0.0.0',
    capacity: 100,
    capabilities: {},
  };
  const { token } = await api<{ token: string }>('POST', '/signalbox/v1/runner-tokens');
  const { deviceId, key } = await call<{ deviceId: number; key: string }>('', 'POST', '/runner/v1/register', {
    token,
    device,
  });
  const { sessionId } = await call<{ sessionId: string }>(key, 'POST', '/runner/v1/sessions', device);
  return { deviceId, key, sessionId };
}

/** A queue for the payload of `payload.ts`, a bot, a pool of all runners, and the automation that ties them together. */
async function createQueue(api: Api, own: Client, fleet: readonly Runner[]): Promise<number> {
  const model = await api<{ id: number }>('POST', '/v4/wlm/workitemmodels', {
    name: 'Invoice',
    attributes: [
      { name: 'number', type: 'TEXT' },
      { name: 'amount', type: 'NUMBER' },
      { name: 'due', type: 'DATE' },
      { name: 'supplier', type: 'TEXT' },
    ],
  });
  const queue = await api<{ id: string }>('POST', '/v3/wlm/queues', {
    name: 'Invoices',
    workItemModelId: model.id,
    displayColumns: ['number', 'amount'],
  });
  const pool = await api<{ id: string }>('POST', '/v2/devices/pools', {
    name: 'All',
    deviceIds: fleet.map(({ deviceId }) => String(deviceId)),
    automationScheme: 'ROUND_ROBIN',
    timeSlice: '5',
  });
  const self = await api<{ id: number }>('GET', '/v1/usermanagement/users/self');
  await api('POST', '/v3/wlm/automations', {
    name: 'Invoices',
    fileId: await createBot(own),
    queueId: queue.id,
    poolIds: [pool.id],
    runAsUserIds: [self.id],
    status: 'ACTIVE',
  });
  return Number(queue.id);
}

async function createBot(own: Client): Promise<number> {
  const { rows } = await own.query<{ id: string }>(
    `with content as (select convert_to($1, 'UTF8') as bytes),
      kept as (insert into blob (sha256, size, content) select sha256(bytes), length(bytes), bytes from content returning sha256, size)
     insert into repository_entry (workspace, name, path, is_folder, content_type, content_sha256, content_size)
     select 'PUBLIC', 'Bench', 'Automation Anywhere\\Bots\\Bench', false, 'application/vnd.aa.taskbot', sha256, size from kept
     returning id`,
    [JSON.stringify(BOT)],
  );
  return Number(rows[0]?.id);
}
