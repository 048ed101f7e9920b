import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { deploy, onlyRunOf, runAsUser, saveTaskBot } from './support/deployments.ts';
import { type BotShop, bot, openShop, say } from './support/runner.ts';
import { type RunnerByHand, runnerByHand } from './support/runner-by-hand.ts';

/** A pool in turns of a minute, wanted by a queue and by deployments. The clock is in the test's hand. */
const SLICE = 60;
let server: TestServer;
let device: RunnerByHand;
let shop: BotShop;
let fileId: string;
let user: { id: number };

beforeAll(async () => {
  server = await startTestServer();
  device = await runnerByHand(server);
  shop = await openShop(server, { bot: bot(say('x')), deviceIds: [device.deviceId] });
  const changed = await server.call('PUT', `/v2/devices/pools/${shop.poolId}`, {
    token: server.admin,
    body: { name: 'in turns', automationScheme: 'ROUND_ROBIN', timeSlice: '1', deviceIds: [device.deviceId] },
  });
  if (changed.status !== 200) throw new Error(changed.text);
  fileId = await saveTaskBot(server, 'pooled', bot(say('x')));
  user = await runAsUser(server, 'pooled-user');
});
afterAll(() => server?.stop());

const deployToPool = () =>
  deploy(server, 'v4', {
    botId: fileId,
    unattendedRequest: { runAsUserIds: [user.id], poolIds: [shop.poolId], deviceUsageType: 'RUN_ON_POOL_DEVICES' },
  });

/** Moves to the beginning of a slice in which deployments come first (0), or the queue (1). */
async function turnTo(turn: 0 | 1): Promise<void> {
  const row = await server.database.database.first(
    sql<{ now: number }>`select extract(epoch from present())::float8 as now`,
  );
  const now = row?.now ?? 0;
  const ahead = (Math.floor(now / SLICE) + 1) % 2 === turn ? 1 : 2;
  await server.advance({ seconds: Math.ceil((Math.floor(now / SLICE) + ahead) * SLICE - now) });
  await device.connect();
}

const takeItems = async () => (await device.takeItems(1)).body.assignments;

describe('a pool in turns', () => {
  it('leaves the device to deployments in their slice, and to the queue in its own', async () => {
    await shop.add({ n: 1 }, { n: 2 });
    const { deploymentId } = await deployToPool();
    await turnTo(1);
    expect(await device.takeRuns()).toEqual([]);
    expect((await onlyRunOf(server, deploymentId)).status).toBe('QUEUED');
    expect(
      (
        await server.call('GET', `/signalbox/v1/explain/runs/${(await onlyRunOf(server, deploymentId)).id}`, {
          token: server.admin,
        })
      ).body.explanation.reason,
    ).toBe('NOT_ITS_TURN');
    expect(await takeItems()).toHaveLength(1);
    await turnTo(0);
    expect(await takeItems()).toEqual([]);
    const [run, ...more] = await device.takeRuns();
    expect([run.deploymentId, more]).toEqual([deploymentId, []]);
    expect(await takeItems()).toHaveLength(1);
    await device.report({ results: [{ id: run.id, version: run.version, status: 'COMPLETED' }] });
  });

  it('gives a slice that nobody uses to the next', async () => {
    await turnTo(0);
    expect(await takeItems()).toHaveLength(1);
    const { deploymentId } = await deployToPool();
    await turnTo(1);
    while ((await takeItems()).length > 0);
    expect((await device.takeRuns()).map((run) => run.deploymentId)).toEqual([deploymentId]);
  });
});
