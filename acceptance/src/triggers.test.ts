import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../apps/control-room/src/domain/identity/index.ts';
import type { TestServer } from '../../apps/control-room/test-support/server.ts';
import { bot } from './support/bots.ts';
import { manage, runAsUser, runsOf, saveTaskBot } from './support/deployments.ts';
import { until } from './support/processes.ts';
import {
  type Item,
  present,
  type Stage,
  schedule,
  setStage,
  startIn,
  startMovingServer,
  twoParts,
  untilDecided,
} from './support/schedules.ts';

/** Trigger mappings by the contract's words (a §12), and what else begins deployments. */
let server: TestServer;
let stage: Stage;
let names = 0;

beforeAll(async () => {
  server = await startMovingServer();
  stage = await setStage(server);
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, path, { token, body });
const idsOf = (...wanted: string[]): number[] =>
  PERMISSIONS.filter(({ name }) => wanted.includes(name)).map(({ id }) => id);

/** Creates a trigger that deploys the bot of the stage. */
async function trigger(kind: string, settings: object, more: object = {}): Promise<Item> {
  const made = await call('POST', '/signalbox/v1/triggers', {
    name: `trigger ${++names}`,
    kind,
    settings,
    deployment: {
      botId: stage.fileId,
      unattendedRequest: {
        runAsUserIds: [stage.userId],
        poolIds: [stage.poolId],
        deviceUsageType: 'RUN_ON_POOL_DEVICES',
      },
    },
    ...more,
  });
  if (made.status !== 201) throw new Error(made.text);
  return made.body;
}

const evaluations = async (id: string): Promise<Item[]> =>
  (await call('GET', `/signalbox/v1/triggers/${id}/evaluations`)).body.list;

/** Waits for so many evaluations with this outcome, and answers them, the newest first. */
async function untilLooked(id: string, outcome: string, count = 1): Promise<Item[]> {
  let all: Item[] = [];
  await until(
    `${count} are ${outcome}`,
    async () => {
      all = await evaluations(id);
      return all.filter((one) => one.outcome === outcome).length >= count;
    },
    20,
  ).catch((cause: Error) => {
    throw new Error(`${cause.message} ${JSON.stringify(all)}`, { cause });
  });
  return all.filter((one) => one.outcome === outcome);
}

describe('a trigger mapping', () => {
  const put = (body: object) =>
    call('POST', '/v1/triggers/triggermapping', { botFileId: Number(stage.fileId), ...body });
  const listed = async (id: string) =>
    (await call('POST', '/v1/triggers/triggermapping/list', { filter: { operator: 'eq', field: 'id', value: id } }))
      .body;

  it('is one for each user, answered with texts, and the same when it is said again', async () => {
    const user = await runAsUser(server, 'attended', { licenseFeatures: ['ATTENDEDRUNTIME'] });
    const made = await put({ botFileLabel: '', users: { userIds: [String(user.id)] }, roles: null });
    expect(made.status, made.text).toBe(200);
    expect(made.body.triggerMappings).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        userId: String(user.id),
        roleId: '',
        botPath: expect.stringContaining('\\Bots\\'),
        modifiedBy: '1',
        lastModified: expect.stringMatching(/Z$/),
        botName: expect.any(String),
        botId: stage.fileId,
        botLabel: '',
      },
    ]);
    expect((await put({ users: { userIds: [user.id] } })).body).toEqual(made.body);
    const [{ id }] = made.body.triggerMappings;
    expect(await listed(id)).toMatchObject({ list: made.body.triggerMappings, page: { totalFilter: 1 } });
    expect((await call('DELETE', `/v1/triggers/triggermapping/${id}`)).status).toBe(204);
    expect((await listed(id)).list).toEqual([]);
  });

  it('may be for roles', async () => {
    const made = await put({ roles: { roleIds: [2] } });
    expect(made.body.triggerMappings).toMatchObject([{ userId: '', roleId: '2' }]);
  });

  it('is refused for neither or both of users and roles, for users without the licence, and for bots that are not there', async () => {
    for (const body of [{}, { users: { userIds: [1] }, roles: { roleIds: [2] } }, { users: { userIds: [] } }]) {
      expect(await put(body)).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('users or for roles') },
      });
    }
    expect(await put({ users: { userIds: [stage.userId] } })).toMatchObject({
      status: 400,
      body: { details: expect.stringContaining('ATTENDEDRUNTIME') },
    });
    expect((await put({ botFileId: 987_654, roles: { roleIds: [2] } })).status).toBe(404);
  });

  it('goes away with the user and with the bot', async () => {
    const user = await runAsUser(server, 'leaving', { licenseFeatures: ['ATTENDEDRUNTIME'] });
    const fileId = await saveTaskBot(server, 'leaving too', JSON.parse(bot([])));
    const made = await put({ botFileId: fileId, users: { userIds: [user.id] } });
    const role = await put({ botFileId: fileId, roles: { roleIds: [2] } });
    await call('DELETE', `/v1/usermanagement/users/${user.id}`);
    expect((await listed(made.body.triggerMappings[0].id)).list).toEqual([]);
    expect((await call('DELETE', `/v2/repository/files/${fileId}`)).status).toBe(204);
    expect((await listed(role.body.triggerMappings[0].id)).list).toEqual([]);
    await until('the row is gone', async () => {
      const rows = await server.database.database.all(sql`select 1 from trigger_mapping where user_id = ${user.id}`);
      return rows.length === 0;
    });
  });

  it('is shown to whoever it is for, and made by managers only', async () => {
    const own = await server.user(idsOf('eventtriggers.managemytriggers'), 'owner of mappings');
    await call('PUT', `/v1/usermanagement/users/${own.id}`, { licenseFeatures: ['ATTENDEDRUNTIME'] });
    const other = await put({ botFileLabel: '', users: { userIds: [own.id] } });
    expect(other.status, other.text).toBe(200);
    const seen = await call('POST', '/v1/triggers/triggermapping/list', {}, own.token);
    expect(seen.body.list.map(({ userId }: Item) => userId)).toEqual([String(own.id)]);
    expect((await call('POST', '/v1/triggers/triggermapping', {}, own.token)).status).toBe(403);
  });
});

describe('a webhook', () => {
  const sign = (secret: string, id: string, timestamp: number, body: string): Record<string, string> => ({
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  });
  const seconds = async (): Promise<number> => Math.floor((await present(server)).epochMilliseconds / 1000);
  const pathOf = (url: string): string => new URL(url).pathname;

  async function hook() {
    const made = await trigger('WEBHOOK', {}, { inputVariable: 'order' });
    const { body } = await call('POST', `/signalbox/v1/triggers/${made.id}/secret`);
    const send = (headers: Record<string, string>, content: string) =>
      server.call('POST', pathOf(body.hookUrl), { headers, body: content });
    return { ...made, secret: body.secret as string, send };
  }

  it('that is signed begins a deployment, with its body as an input of the bot', async () => {
    const { id, secret, send } = await hook();
    const content = '{"order": 17}';
    const answer = await send(sign(secret, 'evt_1', await seconds(), content), content);
    expect(answer).toMatchObject({ status: 202, body: { accepted: true } });
    const [done] = await evaluations(id);
    expect(done).toMatchObject({ outcome: 'FIRED', saw: { webhookId: 'evt_1', bytes: 13 } });
    expect(await runsOf(server, done.deploymentId)).toHaveLength(1);
    const [kept] = await server.database.database.all(
      sql<{
        input: unknown;
        type: string;
      }>`select bot_input as input, trigger_type as type from deployment where id = ${done.deploymentId}`,
    );
    expect(kept).toEqual({ input: { order: { type: 'STRING', string: content } }, type: 'TRIGGER' });
  });

  it('is refused without a right signature, outside of five minutes, and when there is none: always in the same words', async () => {
    const { id, secret, send } = await hook();
    const now = await seconds();
    const signed = sign(secret, 'evt_2', now, 'x');
    const refusals = [
      await send({}, 'x'),
      await send({ ...signed, 'webhook-id': 'evt_3' }, 'x'),
      await send(signed, 'y'),
      await send(sign(secret, 'evt_2', now - 301, 'x'), 'x'),
      await send(sign(secret, 'evt_2', now + 310, 'x'), 'x'),
      await send({ ...signed, 'webhook-timestamp': 'soon' }, 'x'),
      await send(sign(Buffer.alloc(32).toString('base64'), 'evt_2', now, 'x'), 'x'),
      await server.call('POST', `/signalbox/v1/hooks/${randomUUID()}`, { headers: signed, body: 'x' }),
      await server.call('POST', '/signalbox/v1/hooks/none', { headers: signed, body: 'x' }),
    ];
    expect(new Set(refusals.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(refusals[0]?.status).toBe(401);
    expect(await evaluations(id)).toEqual([]);
    expect((await send({ ...signed, 'webhook-signature': `v1,AAAA ${signed['webhook-signature']}` }, 'x')).status).toBe(
      202,
    );
  });

  it('is taken once under its id, also when it comes many times at once', async () => {
    const { id, secret, send } = await hook();
    const headers = sign(secret, 'evt_4', await seconds(), 'x');
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(headers, 'x')));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(7).fill(409)]);
    expect(await evaluations(id)).toHaveLength(1);
  });

  it('takes no body beyond its limit, and nothing signed with a secret that was replaced', async () => {
    const { id, secret, send } = await hook();
    const large = 'x'.repeat(1024 * 1024 + 1);
    expect((await send(sign(secret, 'evt_5', await seconds(), large), large)).status).toBe(413);
    await call('POST', `/signalbox/v1/triggers/${id}/secret`);
    expect((await send(sign(secret, 'evt_6', await seconds(), 'x'), 'x')).status).toBe(401);
  });

  it('shows its secret nowhere else', async () => {
    const { id, secret } = await hook();
    const rows = await server.database.database.all(
      sql`select t.*, (select jsonb_agg(a) from audit_entry a) as audit from event_trigger t`,
    );
    const texts = [
      JSON.stringify(rows),
      (await call('GET', `/signalbox/v1/triggers/${id}`)).text,
      (await call('POST', '/signalbox/v1/triggers/list')).text,
    ];
    for (const text of texts) expect(text).not.toContain(secret);
  });
});

describe('the depth of a queue', () => {
  it('acts when so many items wait, and again only after it was emptier', async () => {
    const model = (
      await call('POST', '/v4/wlm/workitemmodels', { name: 'depth', attributes: [{ name: 'a', type: 'TEXT' }] })
    ).body;
    const queue = (await call('POST', '/v4/wlm/queues', { name: 'depth', workItemModelId: model.id })).body;
    const add = async (count: number) => {
      const workItems = Array.from({ length: count }, (_, i) => ({ json: { a: `${i}` } }));
      const added = await call('POST', `/v4/wlm/queues/${queue.id}/workitems`, { workItems });
      return added.body.list.map(({ id }: Item) => id);
    };
    const { id } = await trigger('QUEUE_DEPTH', { queueId: String(queue.id), atLeast: 3, rearmBelow: 2 });
    await add(2);
    await untilLooked(id, 'NOT_FIRED');
    const more = await add(2);
    const [first] = await untilLooked(id, 'FIRED');
    expect(first).toMatchObject({ saw: { queueId: queue.id, waiting: 3 } });
    await add(1);
    await until('it was looked at again', async () => /has acted/.test((await evaluations(id))[0].why));
    expect((await call('GET', `/signalbox/v1/triggers/${id}`)).body).toMatchObject({ armed: false, firings: 1 });

    const all = await call('POST', `/v4/wlm/queues/${queue.id}/workitems/list`, {});
    await call('POST', `/v3/wlm/queues/${queue.id}/workitems/delete`, {
      ids: all.body.list.map(({ id: one }: Item) => one),
    });
    await server.database.database.all(sql`update work_item set status = 'COMPLETED' where queue_id = ${queue.id}`);
    await add(1);
    await until(
      'it is armed again',
      async () => (await call('GET', `/signalbox/v1/triggers/${id}`)).body.armed === true,
    );
    await add(3);
    await untilLooked(id, 'FIRED', 2);
    expect(more).toHaveLength(2);
  });
});

describe('a file that is saved', () => {
  it('acts once for each version in its folder that fits the pattern', async () => {
    const folder = (await call('POST', '/v2/repository/folders/2', { name: 'Incoming' })).body;
    const inside = (await call('POST', `/v2/repository/folders/${folder.id}`, { name: 'Deeper' })).body;
    const flat = await trigger('FILE_SAVED', { folderId: folder.id, namePattern: '*.CSV' });
    const deep = await trigger('FILE_SAVED', { folderId: folder.id, includeSubfolders: true });
    const save = async (name: string, parentFolderId: string, contents: string[]) => {
      const made = await call('POST', '/v2/repository/files', { name, parentFolderId, contentType: 'text/csv' });
      if (made.status !== 201) throw new Error(made.text);
      for (const content of contents) await call('PUT', `/v2/repository/files/${made.body.id}/content`, content);
      return made.body.id;
    };
    const orders = await save('orders.csv', folder.id, ['a\n1\n', 'a\n2\n']);
    await save('notes.txt', folder.id, ['x']);
    await save('late.csv', inside.id, ['a\n3\n']);
    await save('elsewhere.csv', '2', ['a\n3\n']);
    await untilLooked(deep.id, 'FIRED', 4);
    const fired = await untilLooked(flat.id, 'FIRED', 2);
    expect(fired.map(({ saw }) => saw)).toEqual([
      { fileId: Number(orders), path: expect.stringMatching(/orders\.csv$/), version: expect.any(Number) },
      { fileId: Number(orders), path: expect.stringMatching(/orders\.csv$/), version: expect.any(Number) },
    ]);
    expect(await evaluations(deep.id)).toHaveLength(4);
    expect((await evaluations(flat.id)).filter(({ outcome }) => outcome === 'NOT_FIRED')).toMatchObject([
      { why: expect.stringContaining('does not fit') },
    ]);
  });
});

describe('the end', () => {
  it('of a run of a bot with a status acts once; a run that the trigger began itself does not', async () => {
    const { id } = await trigger('RUN_END', { fileId: stage.fileId, statuses: ['RUN_ABORTED'] });
    const deployed = await call('POST', '/v4/automations/deploy', {
      botId: stage.fileId,
      unattendedRequest: {
        runAsUserIds: [stage.userId],
        poolIds: [stage.poolId],
        deviceUsageType: 'RUN_ON_POOL_DEVICES',
      },
    });
    const [run] = await runsOf(server, deployed.body.deploymentId);
    await manage(server, 'stop', run.id);
    const [done] = await untilLooked(id, 'FIRED');
    expect(done.saw).toMatchObject({ status: 'RUN_ABORTED', deploymentId: deployed.body.deploymentId });
    await manage(server, 'stop', done.deploymentId);
    const [itself] = await untilLooked(id, 'NOT_FIRED');
    expect(itself.why).toMatch(/itself began/);
    expect(await untilLooked(id, 'FIRED')).toHaveLength(1);
    await call('PUT', `/signalbox/v1/triggers/${id}`, { status: 'INACTIVE' });
    expect((await call('GET', `/signalbox/v1/explain/triggers/${id}`)).body.explanation.reason).toBe('INACTIVE');
  });
});

describe('an event trigger', () => {
  it('is the same thing at the vendor’s place', async () => {
    const made = await call('POST', '/v1/triggers/eventtriggers', {
      name: 'there',
      kind: 'webhook',
      deployment: { botId: stage.fileId, unattendedRequest: { runAsUserIds: [stage.userId], poolIds: [stage.poolId] } },
    });
    expect(made.status, made.text).toBe(201);
    expect((await call('GET', `/signalbox/v1/triggers/${made.body.id}`)).body).toEqual(made.body);
    expect((await call('GET', '/v1/triggers/eventtriggers')).body.list).toContainEqual(made.body);
    expect((await call('DELETE', `/v1/triggers/eventtriggers/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', `/v1/triggers/eventtriggers/${made.body.id}`)).status).toBe(404);
  });

  it('names what its settings miss, and refuses what its owner may not see', async () => {
    const deployment = {
      botId: stage.fileId,
      unattendedRequest: { runAsUserIds: [stage.userId], poolIds: [stage.poolId] },
    };
    const refused = await call('POST', '/signalbox/v1/triggers', { name: 'x', kind: 'QUEUE_DEPTH', deployment });
    expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('queueId') } });
    const unseen = await call('POST', '/signalbox/v1/triggers', {
      name: 'x',
      kind: 'QUEUE_DEPTH',
      settings: { queueId: 4711 },
      deployment,
    });
    expect(unseen.status).toBe(404);
  });

  it('of another is changed by whoever manages all, but not to what he may not deploy himself', async () => {
    const made = await trigger('WEBHOOK', {});
    const deployment = {
      botId: stage.fileId,
      unattendedRequest: { runAsUserIds: [stage.userId], poolIds: [stage.poolId] },
    };
    const manager = await server.user(idsOf('eventtriggers.manage'), 'manager of triggers');
    const own = await server.user(idsOf('eventtriggers.managemytriggers'), 'stranger to triggers');
    expect((await call('GET', `/signalbox/v1/triggers/${made.id}`, undefined, own.token)).status).toBe(404);
    expect((await call('PUT', `/signalbox/v1/triggers/${made.id}`, { deployment }, manager.token)).status).toBe(403);
    const off = await call(
      'PUT',
      `/signalbox/v1/triggers/${made.id}`,
      { status: 'INACTIVE', version: 0 },
      manager.token,
    );
    expect(off).toMatchObject({ status: 200, body: { status: 'INACTIVE', version: 1, createdBy: '1' } });
    expect((await call('PUT', `/signalbox/v1/triggers/${made.id}`, { version: 0 })).status).toBe(409);
  });

  it('whose deployment is refused says so in its trace and in its reason', async () => {
    const fileId = await saveTaskBot(server, 'doomed', JSON.parse(bot([])));
    const made = await trigger(
      'RUN_END',
      { statuses: ['RUN_ABORTED'] },
      {
        deployment: { botId: fileId, unattendedRequest: { runAsUserIds: [stage.userId], poolIds: [stage.poolId] } },
      },
    );
    await call('DELETE', `/v2/repository/files/${fileId}`);
    const { body } = await call('POST', '/v4/automations/deploy', {
      botId: stage.fileId,
      unattendedRequest: {
        runAsUserIds: [stage.userId],
        poolIds: [stage.poolId],
        deviceUsageType: 'RUN_ON_POOL_DEVICES',
      },
    });
    await manage(server, 'stop', body.deploymentId);
    const [refused] = await untilLooked(made.id, 'REFUSED');
    expect(refused.why).toMatch(/no .*with the id/);
    const { explanation } = (await call('GET', `/signalbox/v1/explain/triggers/${made.id}`)).body;
    expect(explanation).toMatchObject({ reason: 'REFUSED', text: expect.stringContaining('refused') });
  });
});

/** Moves time, and with it ends the tokens of other users: the last. */
describe('the end of a schedule’s runs', () => {
  it('of a deployment of a schedule acts when all of its runs are over', async () => {
    const second = await runAsUser(server, 'second');
    const made = await schedule(
      server,
      twoParts(stage, await startIn(server, { minutes: 10 }), {
        unattendedRequest: {
          runAsUserIds: [stage.userId, second.id],
          poolIds: [stage.poolId],
          deviceUsageType: 'RUN_ON_POOL_DEVICES',
        },
      }),
    );
    const { id } = await trigger('SCHEDULE_END', { scheduleId: made.id });
    await server.advance({ minutes: 11 });
    const [occurrence] = await untilDecided(server, made.id, 1);
    const [a, b] = await runsOf(server, occurrence.deploymentId);
    await manage(server, 'stop', a.id);
    await untilLooked(id, 'NOT_FIRED');
    await manage(server, 'stop', b.id);
    const [done] = await untilLooked(id, 'FIRED');
    expect(done.saw).toEqual({
      scheduleId: Number(made.id),
      deploymentId: occurrence.deploymentId,
      status: 'RUN_ABORTED',
      unfinished: 0,
    });
  });
});
