import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { allWires } from '../../apps/control-room/src/api/wires.ts';
import { actionOf } from '../../apps/control-room/src/domain/audit-log/index.ts';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/** Every write leaves its row, in the transaction of the write: what failed leaves none. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const routes = allWires().flatMap(({ operations }) =>
  operations.flatMap(({ name, method, path, versions }) =>
    versions.map((version) => ({
      name,
      method,
      pattern: new RegExp(`^${version.name === '' ? '' : `/${version.name}`}${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    })),
  ),
);

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
  [
    'credential.create',
    'POST',
    () => '/v2/credentialvault/credentials',
    () => ({ name: 'mail', attributes: [{ name: 'password', userProvided: false, masked: true }] }),
    'credential',
  ],
  ['locker.create', 'POST', () => '/v2/credentialvault/lockers', () => ({ name: 'Robots' }), 'locker'],
  [
    'locker.member.put',
    'PUT',
    ({ locker, user }) => `/v2/credentialvault/lockers/${locker}/members/${user}`,
    () => ({ permissions: ['participate'] }),
  ],
  [
    'locker.consumer.add',
    'POST',
    ({ locker }) => `/v2/credentialvault/lockers/${locker}/consumers`,
    ({ role }) => ({ id: role }),
  ],
  [
    'credential.assign',
    'PUT',
    ({ locker, credential }) => `/v2/credentialvault/lockers/${locker}/credentials/${credential}`,
    () => ({}),
  ],
  [
    'credential.unassign',
    'DELETE',
    ({ locker, credential }) => `/v2/credentialvault/lockers/${locker}/credentials/${credential}`,
    undefined,
  ],
  ['locker.delete', 'DELETE', ({ locker }) => `/v2/credentialvault/lockers/${locker}`, undefined],
  ['credential.delete', 'DELETE', ({ credential }) => `/v2/credentialvault/credentials/${credential}`, undefined],
  ['device.issueToken', 'POST', () => '/signalbox/v1/runner-tokens', () => ({})],
  ['pool.delete', 'DELETE', ({ pool }) => `/v2/devices/pools/${pool}`, undefined],
  ['repository.delete', 'DELETE', ({ file }) => `/v2/repository/files/${file}`, undefined],
  ['workItem.delete', 'DELETE', ({ queue, item }) => `/v4/wlm/queues/${queue}/workitems/${item}`, undefined],
  ['queue.delete', 'DELETE', ({ queue }) => `/v4/wlm/queues/${queue}`, undefined],
  ['user.delete', 'DELETE', ({ user }) => `/v1/usermanagement/users/${user}`, undefined],
  ['role.delete', 'DELETE', ({ role }) => `/v1/usermanagement/roles/${role}`, undefined],
];

/** The name of the operation behind a call. */
function operationOf(method: string, path: string): string {
  const found = routes.find((route) => route.method === method && route.pattern.test(path));
  if (!found) throw new Error(`Nothing is declared for ${method} ${path}.`);
  return found.name;
}

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
    expect(actionOf(operationOf(method, path(ids))), `${method} ${path(ids)}`).toBe(action);
  }
});

it('records what was refused as well, under the same code and as unsuccessful', async () => {
  await server.call('POST', '/v4/wlm/queues', { token: server.admin, body: { name: 'q', workItemModelId: 999 } });
  const nobody = await server.user([], 'nobody');
  await server.call('DELETE', '/v4/wlm/queues/999', { token: nobody.token });
  const answer = await list({ filter: { operator: 'eq', field: 'status', value: 'Unsuccessful' } }, server.admin);
  expect(answer.body.list).toMatchObject([
    { activityType: 'DELETE_QUEUE', userName: 'nobody', objectName: '999', status: 'Unsuccessful' },
    { activityType: 'CREATE_QUEUE', userName: 'admin', status: 'Unsuccessful', detail: expect.stringContaining('400') },
  ]);
});

it('says nothing of what was sent with a refused request', async () => {
  await server.call('POST', '/v1/usermanagement/users', {
    token: server.admin,
    body: { username: 'leaky', password: 'hunter2-is-my-secret', roles: [{ id: 99_999 }], email: 'x@example.test' },
  });
  const { database } = server.database;
  const rows = await database.all(sql`select 1 from audit_entry a where a::text like '%hunter2%'`);
  expect(rows).toEqual([]);
});

const list = (body: unknown, token: string) => server.call('POST', '/v1/audit/messages/list', { token, body });

it('answers the documented record, the newest first', async () => {
  const { body } = await list({ page: { offset: 0, length: '3' } }, server.admin);
  expect(body.page).toEqual({ offset: 0, total: expect.any(Number), totalFilter: expect.any(Number) });
  expect(body.list).toHaveLength(3);
  for (const row of body.list) {
    expect(row).toEqual(
      expect.objectContaining({
        id: expect.stringMatching(/^\d+$/),
        eventDescription: expect.stringMatching(/\w/),
        activityType: expect.stringMatching(/^[A-Z_]+$/),
        environmentName: expect.any(String),
        hostName: '127.0.0.1',
        userName: expect.any(String),
        status: expect.stringMatching(/^(Successful|Unsuccessful)$/),
        source: 'Control Room',
        objectName: expect.any(String),
        detail: expect.any(String),
        createdOn: expect.stringMatching(/^\d{4}-.*Z$/),
        requestId: expect.stringMatching(/./),
        createdBy: expect.stringMatching(/^\d+$/),
      }),
    );
  }
  const times = body.list.map(({ createdOn }: { createdOn: string }) => createdOn);
  expect(times).toEqual(times.toSorted().toReversed());
});

it('filters by time, status, activity and user as the documented example does', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const filter = (part: string, status: string) => ({
    operator: 'and',
    operands: [
      { operator: 'gt', field: 'createdOn', value: `${today}T00:00:00.000Z` },
      { operator: 'lt', field: 'createdOn', value: '2100-01-01' },
      { operator: 'eq', field: 'status', value: status },
      { operator: 'substring', field: 'activityType', value: part },
      { operator: 'substring', field: 'userName', value: 'ADM' },
    ],
  });
  const sorted = { sort: [{ field: 'createdOn', direction: 'desc' }], fields: [], page: { offset: 0, length: '1000' } };
  const logins = await list({ filter: filter('LOGIN', 'Successful'), ...sorted }, server.admin);
  expect(logins.body.list.length).toBeGreaterThan(0);
  for (const row of logins.body.list)
    expect(row).toMatchObject({ activityType: 'LOGIN', userName: 'admin', status: 'Successful' });
  expect((await list({ filter: filter('LOGIN', 'Unsuccessful'), ...sorted }, server.admin)).body.list).toEqual([]);
  expect((await list({ filter: filter('NO_SUCH', 'Successful') }, server.admin)).body.page.totalFilter).toBe(0);
});

it('shows everybody what he did himself, and nothing else, without the permission', async () => {
  const clerk = await server.user([100003], 'only own');
  await server.call('POST', '/v4/wlm/queues', { token: clerk.token, body: { name: 'mine', workItemModelId: 1 } });
  const { body } = await list({}, clerk.token);
  expect(body.page.total).toBe(body.list.length);
  expect(new Set(body.list.map(({ createdBy }: { createdBy: string }) => createdBy))).toEqual(
    new Set([String(clerk.id)]),
  );
  const all = await list({ page: { length: 1 } }, server.admin);
  expect(all.body.page.total).toBeGreaterThan(body.page.total);
  const auditor = await server.user([100026], 'auditor');
  expect((await list({}, auditor.token)).body.page.total).toBeGreaterThan(body.page.total);
});

it('is exported sealed, proved by the command, and disproved when a row was changed', async () => {
  const file = join(server.dataDir, 'export.ndjson');
  const verify = async (): Promise<{ code: number | null; out: string }> => {
    const child = spawn(process.execPath, ['apps/cli/src/main.ts', 'verify-audit', file], { stdio: 'pipe' });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, out };
  };
  await server.advance({ seconds: 30 });
  await vi.waitFor(async () => {
    const answer = await server.call('GET', '/signalbox/v1/audit/export', { token: server.admin });
    expect(answer.status).toBe(200);
    await writeFile(file, answer.text);
    expect(answer.text.split('\n').length).toBeGreaterThan(20);
  }, 20_000);
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining('All of it holds') });
  await writeFile(file, (await readFile(file, 'utf8')).replace('"actorName":"admin"', '"actorName":"nobody"'));
  expect(await verify()).toMatchObject({ code: 1, out: expect.stringMatching(/Seal \d+ .*changed/) });
});
