import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Operation, Version } from '../../apps/control-room/src/api/operation.ts';
import { allWires } from '../../apps/control-room/src/api/wires.ts';
import {
  EVERYONE,
  PERMISSIONS,
  type PermissionName,
  permissionByName,
} from '../../apps/control-room/src/domain/identity/permissions.ts';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/** Permissions that make all objects one's own: the 404 is for those without them. */
const OPENS_ALL = [
  'workload.administerallqueues',
  'pool.administerallpools',
  'devices.all',
  'repositorymanager.accessresourceany',
  'taskscheduling.everyoneschedule',
  'locker.administeralllockers',
  'system.administer',
  'taskscheduling.manageallschedules',
  'taskscheduling.manageallmyfolderschedules',
  'eventtriggers.view',
  'eventtriggers.manage',
];

/**
 * Attacks on every operation, made from the declarations: a new operation is attacked as soon as it is declared.
 * What a stranger may not see is made once by the administrator, one object of each kind.
 */
const wires = allWires();
const routes = wires.flatMap(({ operations }) =>
  operations.flatMap((operation) =>
    operation.versions.map(
      (version) => [`${operation.method} ${pathOf(operation, version)}`, operation, version] as const,
    ),
  ),
);
/** Those for the keys of workspaces and for tools are attacked by a suite of their own. */
const ofUsers = routes.filter(([, { access }]) => typeof access === 'string' || 'anyOf' in access);
const guarded = ofUsers.filter(([, { access }]) => access !== 'anyone' && access !== 'credential');
const permitted = ofUsers.filter(([, { access }]) => typeof access === 'object');
/** Four rights belong to everybody who has a role (contract a §13.1): nobody can be without them. */
const refusable = permitted.filter(
  ([, { access }]) => !permissionsOf(access).some((permission) => EVERYONE.includes(permission)),
);
const owned = routes.filter(
  ([, operation]) =>
    Object.values(operation.objects ?? {}).some(({ visibleTo }) => visibleTo === 'shared') && !adminOnly(operation),
);

let server: TestServer;
let objects: Readonly<Record<string, string | number>>;
let nobody: { token: string };
/** Has every permission but those that open everything to their holder. */
let stranger: { token: string };

function permissionsOf(access: Access): readonly PermissionName[] {
  return typeof access === 'object' && 'anyOf' in access ? access.anyOf : [];
}

function adminOnly({ access }: Operation): boolean {
  const permissions = permissionsOf(access);
  return permissions.length > 0 && permissions.every((permission) => OPENS_ALL.includes(permission));
}

function pathOf(operation: Operation, version: Version): string {
  return version.name === '' ? operation.path : `/${version.name}${operation.path}`;
}

beforeAll(async () => {
  server = await startTestServer();
  const post = async (path: string, body: unknown) => {
    const answer = await server.call('POST', path, { token: server.admin, body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  };
  nobody = await server.user([], 'nobody');
  const other = await server.user([], 'other');
  stranger = await server.user(
    PERMISSIONS.filter(({ name }) => !OPENS_ALL.includes(name)).map(({ id }) => id),
    'stranger',
  );
  const model = await post('/v4/wlm/workitemmodels', { name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] });
  const queue = await post('/v4/wlm/queues', { name: 'q', workItemModelId: model.id });
  const items = await post(`/v4/wlm/queues/${queue.id}/workitems`, { workItems: [{ json: { a: 'x' } }] });
  const pool = await post('/v2/devices/pools', { name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5' });
  const file = await post('/v2/repository/files', {
    name: 'bot',
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  const runAs = await post('/v1/usermanagement/users', {
    username: 'runas',
    email: 'runas@example.test',
    password: ADMIN_PASSWORD,
    roles: [{ id: 2 }],
    licenseFeatures: ['RUNTIME'],
  });
  const automation = await post('/v4/wlm/automations', {
    name: 'a',
    queueId: queue.id,
    fileId: file.id,
    poolId: pool.id,
    runAsUserIds: [1],
  });
  await server.database.database.all(sql`insert into run (id, kind, status, file_id, file_path, user_id, created_by)
    values ('01980000-0000-7000-8000-000000000000', 'ON_DEMAND', 'COMPLETED', 1, 'x', 1, 1)`);
  await server.room.kernel.database.transaction((tx) =>
    server.room.domain.outbox.send(tx, {
      kind: 'callback',
      subject: { type: 'run', id: '1' },
      url: 'http://127.0.0.1:9/',
      headers: {},
      body: {},
      createdBy: 1,
    }),
  );
  const credential = await post('/v2/credentialvault/credentials', {
    name: 'c',
    attributes: [{ name: 'a', userProvided: false, masked: false }],
  });
  const value = await post(`/v2/credentialvault/credentials/${credential.id}/attributevalues`, {
    list: [{ credentialAttributeId: credential.attributes[0].id, value: 'v' }],
  });
  const blmJob = await post('/v2/blm/export', { name: 'e', fileIds: [file.id] });
  const globalValue = await post('/signalbox/v1/global-values', { name: 'Office', value: 'x' });
  const deployment = { botId: file.id, unattendedRequest: { runAsUserIds: [runAs.id], poolIds: [pool.id] } };
  const schedule = await post('/v2/schedule/automations', {
    schedule: { name: 's', status: 'DRAFT', scheduleType: 'DAILY', timeZone: 'UTC', startDate: '2030-01-01' },
    deployment,
  });
  const mapping = await post('/v1/triggers/triggermapping', { botFileId: file.id, roles: { roleIds: [1] } });
  objects = {
    schedule: schedule.id,
    calendar: (await post('/signalbox/v1/calendars', { name: 'c' })).id,
    trigger: (await post('/signalbox/v1/triggers', { name: 't', kind: 'WEBHOOK', deployment })).id,
    triggerMapping: mapping.triggerMappings[0].id,
    credential: credential.id,
    credentialValue: value.list[0].id,
    locker: (await post('/v2/credentialvault/lockers', { name: 'l' })).id,
    delivery: 1,
    globalValue: globalValue.id,
    blmJob: blmJob.requestId,
    queue: queue.id,
    workItem: items.list[0].id,
    pool: pool.id,
    repositoryEntry: file.id,
    repositoryFolder: 2,
    packageVersion: (await post('/v2/packages/package/list', { page: { length: 1 } })).list[0].id,
    queueAutomation: automation.id,
    model: model.id,
    user: (other as unknown as { id: number }).id,
    role: (other as unknown as { roleId: number }).roleId,
    device: 1,
    run: '01980000-0000-7000-8000-000000000000',
    workspace: (await post('/signalbox/v1/workspaces', { name: 'w' })).id,
    accessCredential: (await post('/signalbox/v1/access-credentials', { name: 'a' })).id,
  };
});
afterAll(() => server.stop());

function urlOf(operation: Operation, version: Version): string {
  return pathOf(operation, version).replace(/\{(\w+)\}/g, (_, name) =>
    String(objects[operation.objects?.[name]?.kind ?? ''] ?? (name === 'type' || name === 'workspace' ? 'public' : 1)),
  );
}

function expectError(answer: { status: number; body: unknown; text: string }, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body).toMatchObject({
    code: expect.any(String),
    message: expect.any(String),
    details: expect.any(String),
  });
}

describe('without a token', () => {
  it.each(guarded)('%s answers 401 with code, message and details', async (_name, operation, version) => {
    expectError(await server.call(operation.method, urlOf(operation, version)), 401);
  });
});

describe('with a token that is none', () => {
  it.each(guarded)('%s answers 401', async (_name, operation, version) => {
    expectError(
      await server.call(operation.method, urlOf(operation, version), { token: 'eyJhbGciOiJSUzUxMiJ9.e30.AAAA' }),
      401,
    );
  });
});

describe('without the permission', () => {
  it.each(refusable)('%s answers 403', async (_name, operation, version) => {
    expectError(await server.call(operation.method, urlOf(operation, version), { token: nobody.token }), 403);
  });
});

describe('about what belongs to others', () => {
  it.each(owned)('%s answers 404 as if it were not there', async (_name, operation, version) => {
    expectError(
      await server.call(operation.method, urlOf(operation, version), {
        token: stranger.token,
        body: bodyFor(operation),
      }),
      404,
    );
  });
});

/** A body that passes the schema of the few operations that look at it before they look for the object. */
function bodyFor(operation: Operation): unknown {
  if (operation.method === 'GET' || operation.method === 'DELETE') return undefined;
  if (operation.body === 'file') {
    const form = new FormData();
    form.set('file', new Blob(['a\n1\n']), 'x.csv');
    return form;
  }
  return {
    id: objects.workItem,
    queueId: objects.queue,
    version: 0,
    workItems: [{ json: { a: 'x' } }],
    ids: [objects.workItem],
    status: operation.module === 'Triggers' ? 'ACTIVE' : 'ON_HOLD',
    userId: 1,
    roleId: 2,
    role: 'OWNER',
    name: 'x',
    nickname: 'x',
    automationScheme: 'ROUND_ROBIN',
    attributes: [{ name: 'a', userProvided: false, masked: false }],
    list: [{ credentialAttributeId: 1, value: 'v' }],
    value: 'v',
    values: {},
    permissions: ['own'],
    endpoint: 'https://me.example',
    events: ['process_run.started'],
    steps: [{ name: 's', taskPackageId: 'x', taskName: 'Main' }],
    url: 'https://me.example',
    mostWorkers: 1,
  };
}

describe('the declarations themselves', () => {
  it('name no route twice', () => {
    const names = routes.map(([name]) => name.replace(/\{\w+\}/g, '{}'));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('ask only for permissions that exist', () => {
    for (const [, { access }] of permitted) for (const name of permissionsOf(access)) permissionByName(name);
  });

  it('say for every path parameter whose object it is, or that it is none', () => {
    const undeclared = permitted
      .filter(([, operation]) => /\{id\}/.test(operation.path) && !operation.objects?.id)
      .map(([name]) => name);
    expect(undeclared).toEqual([]);
  });
});
