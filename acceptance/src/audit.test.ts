import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/** Every write leaves its row, in the transaction of the write: what failed leaves none. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Ids = Record<string, string | number>;

/** In this order; later paths name what earlier calls made. */
const writes: [
  action: string,
  method: string,
  path: (ids: Ids) => string,
  body: ((ids: Ids) => unknown) | undefined,
  keep?: string,
][] = [
  [
    'role.create',
    'POST',
    () => '/v1/usermanagement/roles',
    () => ({ name: 'r', permissions: [], principals: [] }),
    'role',
  ],
  [
    'role.update',
    'PUT',
    ({ role }) => `/v1/usermanagement/roles/${role}`,
    () => ({ name: 'r2', permissions: [], version: 0 }),
  ],
  [
    'user.create',
    'POST',
    () => '/v1/usermanagement/users',
    ({ role }) => ({
      username: 'clerk',
      email: 'u@example.test',
      password: 'long-enough-for-all',
      roles: [{ id: role }],
    }),
    'user',
  ],
  [
    'user.update',
    'PUT',
    ({ user }) => `/v1/usermanagement/users/${user}`,
    ({ role }) => ({ username: 'clerk', email: 'v@example.test', roles: [{ id: role }] }),
  ],
  [
    'workItemModel.create',
    'POST',
    () => '/v4/wlm/workitemmodels',
    () => ({ name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] }),
    'model',
  ],
  ['queue.create', 'POST', () => '/v4/wlm/queues', ({ model }) => ({ name: 'q', workItemModelId: model }), 'queue'],
  ['queue.update', 'PUT', ({ queue }) => `/v4/wlm/queues/${queue}`, () => ({ description: 'd' })],
  [
    'queue.member.put',
    'PUT',
    ({ queue, user }) => `/v4/wlm/queues/${queue}/members/${user}`,
    () => ({ role: 'MEMBER' }),
  ],
  ['queue.participant.add', 'POST', ({ queue }) => `/v4/wlm/queues/${queue}/participants`, () => [{ id: 2 }]],
  ['queue.consumer.add', 'POST', ({ queue }) => `/v4/wlm/queues/${queue}/consumers`, () => [{ id: 2 }]],
  [
    'workItem.add',
    'POST',
    ({ queue }) => `/v4/wlm/queues/${queue}/workitems`,
    () => ({ workItems: [{ json: { a: 'x' } }] }),
    'item',
  ],
  [
    'workItem.update',
    'PUT',
    ({ queue, item }) => `/v3/wlm/queues/${queue}/workitems/${item}`,
    () => ({ status: 'ON_HOLD' }),
  ],
  [
    'workItem.updateStatus',
    'POST',
    ({ queue }) => `/v4/wlm/queues/${queue}/workitems/updateStatus`,
    ({ item }) => ({ status: 'NEW', ids: [item] }),
  ],
  ['repository.createFolder', 'POST', () => '/v2/repository/folders/2', () => ({ name: 'f' }), 'folder'],
  [
    'repository.createFile',
    'POST',
    () => '/v2/repository/files',
    ({ folder }) => ({ name: 'b', contentType: 'application/vnd.aa.taskbot', parentFolderId: folder }),
    'file',
  ],
  [
    'repository.putContent',
    'PUT',
    ({ file }) => `/v2/repository/files/${file}/content`,
    () => ({ nodes: [], variables: [] }),
  ],
  [
    'pool.create',
    'POST',
    () => '/v2/devices/pools',
    () => ({ name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5' }),
    'pool',
  ],
  [
    'queueAutomation.create',
    'POST',
    () => '/v4/wlm/automations',
    ({ queue, file, pool }) => ({ name: 'a', queueId: queue, fileId: file, poolId: pool, runAsUserIds: [1] }),
    'automation',
  ],
  ['queueAutomation.delete', 'DELETE', ({ automation }) => `/v4/wlm/automations/${automation}`, undefined],
  ['device.issueToken', 'POST', () => '/signalbox/v1/runner-tokens', () => ({})],
  ['pool.delete', 'DELETE', ({ pool }) => `/v2/devices/pools/${pool}`, undefined],
  ['repository.delete', 'DELETE', ({ file }) => `/v2/repository/files/${file}`, undefined],
  ['workItem.delete', 'DELETE', ({ queue, item }) => `/v4/wlm/queues/${queue}/workitems/${item}`, undefined],
  ['queue.delete', 'DELETE', ({ queue }) => `/v4/wlm/queues/${queue}`, undefined],
  ['user.delete', 'DELETE', ({ user }) => `/v1/usermanagement/users/${user}`, undefined],
  ['role.delete', 'DELETE', ({ role }) => `/v1/usermanagement/roles/${role}`, undefined],
];

it('names who did what to what', async () => {
  const ids: Ids = {};
  const { database } = server.database;
  const count = async () => (await database.first(sql<{ n: number }>`select count(*) as n from audit_entry`))?.n ?? 0;
  for (const [action, method, path, body, keep] of writes) {
    const before = await count();
    const answer = await server.call(method, path(ids), { token: server.admin, body: body?.(ids) });
    expect(answer.status, `${method} ${path(ids)} ${answer.text}`).toBeLessThan(300);
    if (keep) ids[keep] = answer.body.list?.[0].id ?? answer.body.id;
    const [row] = await database.all(sql<{ action: string; actor: string; subject: string }>`
      select action, actor_name as actor, subject_type as subject from audit_entry order by id desc limit 1`);
    expect(row, action).toMatchObject({ action, actor: 'admin' });
    expect(await count(), action).toBe(before + 1);
  }
});

it('has no row for what was refused', async () => {
  const { database } = server.database;
  const count = async () => (await database.first(sql<{ n: number }>`select count(*) as n from audit_entry`))?.n;
  const before = await count();
  await server.call('POST', '/v4/wlm/queues', { token: server.admin, body: { name: 'q', workItemModelId: 999 } });
  await server.call('DELETE', '/v4/wlm/queues/999', { token: server.admin });
  expect(await count()).toBe(before);
});
