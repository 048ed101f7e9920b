import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callServer, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { until } from './support/processes.ts';
import { type Item, present, type Stage, setStage } from './support/schedules.ts';

/** Two servers over one database, and the same triggers on both: an event acts once. */
let one: TestServer;
let two: TestServer;
let stage: Stage;

beforeAll(async () => {
  one = await startTestServer();
  stage = await setStage(one);
  two = await startTestServer({ DATABASE_URL: one.database.url, SIGNALBOX_DATA_DIR: one.dataDir });
});
afterAll(async () => {
  await two?.stop();
  await one?.stop();
});

const deployment = () => ({
  botId: stage.fileId,
  unattendedRequest: { runAsUserIds: [stage.userId], poolIds: [stage.poolId], deviceUsageType: 'RUN_ON_POOL_DEVICES' },
});

async function trigger(kind: string, settings: object): Promise<Item> {
  const made = await two.call('POST', '/signalbox/v1/triggers', {
    token: two.admin,
    body: { name: kind, kind, settings, deployment: deployment() },
  });
  if (made.status !== 201) throw new Error(made.text);
  return made.body;
}

const firedOf = (id: string) =>
  one.database.database.all(
    sql<{
      key: string;
      deployment: string;
    }>`select event_key as key, deployment_id::text as deployment from trigger_event
      where trigger_id = ${Number(id)} and deployment_id is not null`,
  );

describe('two servers', () => {
  it('act once upon the end of each of many runs, whichever of them ended it', async () => {
    const { id } = await trigger('RUN_END', { fileId: stage.fileId });
    const runs = 40;
    for (let i = 0; i < runs; i++) {
      const server = i % 2 === 0 ? one : two;
      const { status } = await server.call('POST', '/v4/automations/deploy', { token: two.admin, body: deployment() });
      expect(status).toBe(200);
    }
    const ids = await one.database.database.all(sql<{ id: string }>`select deployment_id::text as id from run`);
    await Promise.all(
      ids.map(({ id: deploymentId }, i) =>
        (i % 2 === 0 ? one : two).call('POST', '/v3/activity/manage', {
          token: two.admin,
          body: { stop_executions: { execution_ids: [deploymentId] } },
        }),
      ),
    );
    await until('each has been acted upon', async () => (await firedOf(id)).length >= runs, 30);
    await until('nothing is left', async () => {
      const left = await one.database.database.all(sql`select 1 from trigger_happening`);
      return left.length === 0;
    });
    const fired = await firedOf(id);
    expect(fired).toHaveLength(runs);
    expect(new Set(fired.map(({ deployment: made }) => made)).size).toBe(runs);
    const made = await one.database.database.all(sql`select 1 from deployment where trigger_type = 'TRIGGER'`);
    expect(made).toHaveLength(runs);
  });

  it('take the call of a webhook once, though it reaches both', async () => {
    const { id } = await trigger('WEBHOOK', {});
    const { body } = await one.call('POST', `/signalbox/v1/triggers/${id}/secret`, { token: two.admin });
    const timestamp = Math.floor((await present(one)).epochMilliseconds / 1000);
    const signed = createHmac('sha256', Buffer.from(body.secret, 'base64'))
      .update(`evt.${timestamp}.x`)
      .digest('base64');
    const headers = {
      'webhook-id': 'evt',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signed}`,
    };
    const path = new URL(body.hookUrl).pathname;
    const answers = await Promise.all(
      [one, two, one, two].map(({ url }) => callServer(url, 'POST', path, { headers, body: 'x' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    expect(await firedOf(id)).toHaveLength(1);
  });
});
