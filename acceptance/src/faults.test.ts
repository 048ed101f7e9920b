import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, callServer } from '../../apps/control-room/test-support/server.ts';
import { freePort, isReady, type Program, postmasterPid, startProgram, until } from './support/processes.ts';

/**
 * kill -9 for the runner, the server and the database while a queue is being worked off and filled at the same time.
 * FAULT_ROUNDS makes it longer (npm run test:faults).
 */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const PASSWORD = 'a-password-for-the-faults';
const TIMES = 400 * ROUNDS;

let folder: string;
let url: string;
let env: Record<string, string>;
let server: Program;
let runner: Program;
let token: string;

/** A bot that takes a moment and leaves a word, as most do. */
const bot = {
  nodes: [
    {
      uid: '1',
      packageName: 'Delay',
      commandName: 'delay',
      attributes: [
        { name: 'delayTime', value: { type: 'NUMBER', number: '8' } },
        { name: 'timeUnit', value: { type: 'STRING', string: 'MILLISECONDS' } },
        { name: 'delayType', value: { type: 'STRING', string: 'REGULAR' } },
      ],
    },
    {
      uid: '2',
      packageName: 'String',
      commandName: 'assign',
      attributes: [{ name: 'sourceString', value: { type: 'STRING', expression: 'did $item{n}$' } }],
      returnTo: { type: 'VARIABLE', variableName: 'workItemResult' },
    },
  ],
  variables: [
    { name: 'item', type: 'RECORD', input: false, output: false, workItem: true },
    { name: 'workItemResult', type: 'STRING', input: false, output: true },
  ],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-faults-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = {
    PORT: String(port),
    SIGNALBOX_DATA_DIR: join(folder, 'data'),
    SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
    SIGNALBOX_LOG_LEVEL: 'warn',
  };
  await startServer();
  await logIn();
});

afterAll(async () => {
  await runner?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<void> {
  server = startProgram('apps/control-room/src/main.ts', env);
  await until(`the server is up: ${server.output()}`, isReady(url));
}

async function startRunner(registration?: string): Promise<void> {
  runner = startProgram('apps/runner/src/main.ts', {
    SIGNALBOX_URL: url,
    SIGNALBOX_RUNNER_DIR: join(folder, 'runner'),
    SIGNALBOX_RUNNER_CAPACITY: '2',
    SIGNALBOX_LOG_LEVEL: 'warn',
    ...(registration === undefined ? {} : { SIGNALBOX_RUNNER_TOKEN: registration }),
  });
}

async function logIn(): Promise<void> {
  token = (
    await callServer(url, 'POST', '/v2/authentication', {
      body: { username: 'admin', password: PASSWORD, multipleLogin: true },
    })
  ).body.token;
}

/** A client as one should be: it repeats what was not answered, under the same key. */
async function insist(method: string, path: string, body?: unknown): Promise<Answer> {
  const key = randomUUID();
  for (;;) {
    const answer = await callServer(url, method, path, { token, body, headers: { 'idempotency-key': key } }).catch(
      () => undefined,
    );
    if (answer && answer.status < 500) {
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer;
    }
    await sleep(100);
  }
}

describe('while a queue is filled and worked off', () => {
  it('the runner, the server and the database may each be killed: all that was acknowledged is there, each item ends once', async () => {
    const model = (
      await insist('POST', '/v4/wlm/workitemmodels', { name: 'n', attributes: [{ name: 'n', type: 'NUMBER' }] })
    ).body;
    const queue = (
      await insist('POST', '/v4/wlm/queues', { name: 'faults', workItemModelId: model.id, leaseSeconds: 5 })
    ).body;
    const file = (
      await insist('POST', '/v2/repository/files', {
        name: 'bot',
        contentType: 'application/vnd.aa.taskbot',
        parentFolderId: '2',
      })
    ).body;
    await insist('PUT', `/v2/repository/files/${file.id}/content`, bot);
    await startRunner((await insist('POST', '/signalbox/v1/runner-tokens')).body.token);
    let deviceId = '';
    await until('the runner is connected', async () => {
      const { list } = (await insist('POST', '/v2/devices/list', {})).body;
      deviceId = list[0]?.id;
      return list[0]?.status === 'CONNECTED';
    });
    const pool = (
      await insist('POST', '/v2/devices/pools', {
        name: 'pool',
        automationScheme: 'ROUND_ROBIN',
        timeSlice: '5',
        deviceIds: [deviceId],
      })
    ).body;
    await insist('POST', '/v3/wlm/automations', {
      name: 'a',
      queueId: queue.id,
      fileId: file.id,
      poolIds: [pool.id],
      runAsUserIds: [1],
    });

    const acknowledged: number[] = [];
    let adding = true;
    const adder = (async () => {
      for (let n = 0; n < TIMES; n += 4) {
        const answer = await insist('POST', `/v4/wlm/queues/${queue.id}/workitems`, {
          workItems: [0, 1, 2, 3].map((i) => ({ json: { n: n + i } })),
        });
        acknowledged.push(...answer.body.list.map(({ id }: { id: number }) => id));
      }
      adding = false;
    })();
    const finished = async (): Promise<number> => {
      const { counts } = (await insist('GET', `/signalbox/v1/explain/queues/${queue.id}`)).body;
      return counts.COMPLETED + counts.FAILED + counts.UNKNOWN;
    };

    for (let round = 0; round < ROUNDS; round++) {
      const share = TIMES / ROUNDS;
      await until('some items are done', async () => (await finished()) > share * round + share * 0.1);
      await runner.kill();
      await startRunner();
      await until('more items are done', async () => (await finished()) > share * round + share * 0.3);
      await server.kill();
      await startServer();
      await until('more items are done', async () => (await finished()) > share * round + share * 0.5);
      process.kill(await postmasterPid(env.SIGNALBOX_DATA_DIR ?? ''), 'SIGKILL');
    }
    await adder;
    await until('everything is finished', async () => !adding && (await finished()) >= TIMES, 90);

    expect(new Set(acknowledged).size).toBe(TIMES);
    const { list, page } = (
      await insist('POST', `/v3/wlm/queues/${queue.id}/workitems/list`, { page: { offset: 0, length: 10_000 } })
    ).body;
    expect(page.total).toBe(TIMES);
    expect(list.map(({ id }: { id: number }) => id).sort(byNumber)).toEqual(acknowledged.sort(byNumber));
    expect(
      list.filter(
        ({ status, result, json }: { status: string; result: string; json: { n: number } }) =>
          status !== 'COMPLETED' || result !== `did ${json.n}`,
      ),
    ).toEqual([]);
    expect(await endsInTheRecord(queue.id)).toEqual(acknowledged.sort(byNumber));
  }, 240_000);
});

const byNumber = (a: number, b: number): number => a - b;

/** Every accepted end of an item, by the audit rows that were written with it: each item stands there once. */
async function endsInTheRecord(queueId: number): Promise<number[]> {
  const dataDir = env.SIGNALBOX_DATA_DIR ?? '';
  const lines = (await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
  const client = new pg.Client({
    host: lines[4] ?? '',
    port: Number(lines[3]),
    user: 'signalbox',
    database: 'signalbox',
    password: (await readFile(join(dataDir, 'postgres', 'password'), 'utf8')).trim(),
  });
  await client.connect();
  const { rows } = await client.query<{ details: Record<string, number[]> }>(
    `select details from signalbox.audit_entry where action = 'workItem.finish' and subject_id = $1`,
    [String(queueId)],
  );
  await client.end();
  return rows.flatMap(({ details }) => [...(details.COMPLETED ?? []), ...(details.FAILED ?? [])]).sort(byNumber);
}
