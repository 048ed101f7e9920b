import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillableRunner, onlyDevice, startKillableRunner } from './support/killable-runner.ts';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { until } from './support/processes.ts';

/**
 * kill -9 for the runner, the server and the database while a queue is being worked off and filled at the same time.
 * FAULT_ROUNDS makes it longer (npm run test:faults).
 */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const TIMES = 400 * ROUNDS;

let folder: string;
let server: KillableServer;
let runner: KillableRunner;

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
  server = await startKillableServer(folder);
});

afterAll(async () => {
  await runner?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('while a queue is filled and worked off', () => {
  it('the runner, the server and the database may each be killed: all that was acknowledged is there, each item ends once', async () => {
    const model = await server.insist('POST', '/v4/wlm/workitemmodels', {
      name: 'n',
      attributes: [{ name: 'n', type: 'NUMBER' }],
    });
    const queue = await server.insist('POST', '/v4/wlm/queues', {
      name: 'faults',
      workItemModelId: model.id,
      leaseSeconds: 5,
    });
    const file = await server.insist('POST', '/v2/repository/files', {
      name: 'bot',
      contentType: 'application/vnd.aa.taskbot',
      parentFolderId: '2',
    });
    await server.insist('PUT', `/v2/repository/files/${file.id}/content`, bot);
    runner = await startKillableRunner(server, folder, { capacity: 2 });
    const pool = await server.insist('POST', '/v2/devices/pools', {
      name: 'pool',
      automationScheme: 'ROUND_ROBIN',
      timeSlice: '5',
      deviceIds: [await onlyDevice(server)],
    });
    await server.insist('POST', '/v3/wlm/automations', {
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
        const { list } = await server.insist('POST', `/v4/wlm/queues/${queue.id}/workitems`, {
          workItems: [0, 1, 2, 3].map((i) => ({ json: { n: n + i } })),
        });
        acknowledged.push(...list.map(({ id }: { id: number }) => id));
      }
      adding = false;
    })();
    const finished = async (): Promise<number> => {
      const { counts } = await server.insist('GET', `/signalbox/v1/explain/queues/${queue.id}`);
      return counts.COMPLETED + counts.FAILED + counts.UNKNOWN;
    };

    for (let round = 0; round < ROUNDS; round++) {
      const share = TIMES / ROUNDS;
      await until('some items are done', async () => (await finished()) > share * round + share * 0.1);
      await runner.kill();
      runner.start();
      await until('more items are done', async () => (await finished()) > share * round + share * 0.3);
      await server.kill();
      await server.start();
      await until('more items are done', async () => (await finished()) > share * round + share * 0.5);
      await server.killDatabase();
    }
    await adder;
    await until('everything is finished', async () => !adding && (await finished()) >= TIMES, 90);

    expect(new Set(acknowledged).size).toBe(TIMES);
    const { list, page } = await server.insist('POST', `/v3/wlm/queues/${queue.id}/workitems/list`, {
      page: { offset: 0, length: 10_000 },
    });
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
  const rows = await server.query<{ details: Record<string, number[]> }>(
    `select details from signalbox.audit_entry where action = 'workItem.finish' and subject_id = $1`,
    [String(queueId)],
  );
  return rows.flatMap(({ details }) => [...(details.COMPLETED ?? []), ...(details.FAILED ?? [])]).sort(byNumber);
}
