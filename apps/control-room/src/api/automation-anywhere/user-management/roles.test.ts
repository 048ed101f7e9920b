import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../../test-support/server.ts';

/** Contract a §3.4 and §13, sentence by sentence. */

const ROLES = '/v1/usermanagement/roles';
const VIEW_REPOSITORY = { id: 29, action: 'view', resourceType: 'repositorymanager', resourceId: null };
const RUN = { id: 7, action: 'run', resourceType: 'repositorymanager', resourceId: null };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function call(method: string, path: string, body?: unknown, token = server.admin) {
  return server.call(method, path, { token, body });
}

async function create(name: string, more: object = {}) {
  const answer = await call('POST', ROLES, { name, permissions: [], principals: [], ...more });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

describe('creating a role', () => {
  it('answers 201 with the whole role under v1 and v2', async () => {
    const user = await server.user([]);
    for (const path of [ROLES, '/v2/usermanagement/roles']) {
      const body = {
        name: `whole ${path}`,
        description: '',
        permissions: [VIEW_REPOSITORY],
        principals: [{ id: String(user.id) }],
      };
      const answer = await call('POST', path, body);
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        id: expect.any(Number),
        name: `whole ${path}`,
        description: '',
        version: 0,
        tenantId: 1,
        tenantUuid: expect.any(String),
        createdBy: 1,
        createdOn: expect.any(String),
        updatedBy: 1,
        updatedOn: expect.any(String),
        accessRestriction: null,
        countPrincipals: 1,
        principals: [{ id: user.id, username: user.username }],
        permissions: [{ ...VIEW_REPOSITORY, tenantId: 1, version: 0, createdBy: 1 }],
      });
    }
  });

  it('gives its members the permissions at once', async () => {
    const user = await server.user([]);
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(403);
    await create('viewers', { permissions: [{ id: 62 }], principals: [{ id: user.id }] });
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(200);
  });

  it('does not count a right that is bound to one object as a right to all', async () => {
    const user = await server.user([]);
    const bound = { id: 62, resourceId: '17' };
    const role = await create('bound', { permissions: [bound], principals: [{ id: user.id }] });
    expect(role.permissions[0]).toMatchObject(bound);
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(403);
  });

  it('knows permissions by their words where it does not know the id', async () => {
    const role = await create('by words', { permissions: [{ id: 148, action: 'view', resourceType: 'dashboard' }] });
    expect(role.permissions[0].id).toBe(120);
  });

  it.each([
    ['no name', { name: undefined }],
    ['a name of 256 characters', { name: 'x'.repeat(256) }],
    ['a description of 256 characters', { description: 'x'.repeat(256) }],
    ['no permissions', { permissions: undefined }],
    ['an unknown permission', { permissions: [{ id: 99_999, action: 'fly', resourceType: 'moon' }] }],
    ['an unknown user', { principals: [{ id: 999_999 }] }],
    ['creating users without seeing them', { permissions: [{ id: 3 }] }],
    ['managing roles without seeing them', { permissions: [{ id: 12 }] }],
    ['running bots without seeing them', { permissions: [RUN] }],
    ['running all bots while seeing one', { permissions: [{ ...VIEW_REPOSITORY, resourceId: '5' }, RUN] }],
  ])('refuses %s with 400', async (_what, more) => {
    const answer = await call('POST', ROLES, { name: 'refused', permissions: [], ...more });
    expect(answer.status, answer.text).toBe(400);
  });

  it('refuses a name that is taken with 409', async () => {
    await create('Once');
    expect((await call('POST', ROLES, { name: 'once', permissions: [] })).status).toBe(409);
  });
});

describe('reading roles', () => {
  it('lists the roles of the system with createdBy 0, and with what clients read without looking', async () => {
    const { body } = await call('POST', `${ROLES}/list`, { sort: [{ field: 'id', direction: 'asc' }] });
    const names = body.list
      .filter(({ createdBy }: { createdBy: number }) => createdBy === 0)
      .map(({ name }: { name: string }) => name);
    expect(names).toEqual([
      'AAE_Admin',
      'AAE_Basic',
      'AAE_Bot Developer',
      'AAE_Bot Insight Admin',
      'AAE_Bot Insight Consumer',
      'AAE_Bot Migration Admin',
      'AAE_Bot Store Publisher',
      'AAE_Queue Admin',
      'AAE_Pool Admin',
      'AAE_Locker Admin',
      'AAE_API Task Runner',
    ]);
    for (const key of [
      'id',
      'name',
      'description',
      'countPrincipals',
      'version',
      'createdOn',
      'updatedBy',
      'updatedOn',
    ]) {
      expect(body.list[0]).toHaveProperty(key);
    }
    expect([body.list[0].id, body.list[1].id]).toEqual([1, 2]);
  });

  it('filters by name, and answers one or 404', async () => {
    const { id } = await create('findable');
    const found = await call('POST', '/v2/usermanagement/roles/list', {
      filter: { operator: 'substring', field: 'name', value: 'FINDA' },
    });
    expect(found.body.list.map((role: { id: number }) => role.id)).toEqual([id]);
    expect((await call('GET', `${ROLES}/${id}`)).body.name).toBe('findable');
    expect((await call('GET', `${ROLES}/999999`)).status).toBe(404);
  });

  it('lists the vocabulary of permissions, as our own extension', async () => {
    const path = '/v2/usermanagement/permissions/list';
    const all = await call('POST', path, { sort: [{ field: 'id', direction: 'asc' }] });
    expect(all.body.list[0]).toEqual({
      id: 1,
      action: 'usermanagement',
      resourceType: 'usermanagement',
      resourceId: null,
    });
    const filter = { field: 'resourceType', value: 'dashboard' };
    expect((await call('POST', path, { filter })).body).toMatchObject({
      list: [{ id: 120 }],
      page: { totalFilter: 1 },
    });
  });
});

describe('changing a role', () => {
  it('answers 200 with the next version, keeps what is not named, and counts at once', async () => {
    const user = await server.user([62]);
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(200);
    const before = (await call('GET', `${ROLES}/${user.roleId}`)).body;
    const answer = await call('PUT', `${ROLES}/${user.roleId}`, { ...before, permissions: [], description: 'less' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      name: before.name,
      description: 'less',
      version: 1,
      permissions: [],
      countPrincipals: 1,
    });
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(403);
    expect((await call('PUT', `${ROLES}/${user.roleId}`, { description: 'more' })).body.version).toBe(2);
  });

  it('refuses a stale version with 409 and a broken dependency with 400', async () => {
    const { id } = await create('guarded');
    expect((await call('PUT', `${ROLES}/${id}`, { version: 7 })).body.code).toBe('VERSION.STALE');
    expect((await call('PUT', `${ROLES}/${id}`, { permissions: [RUN] })).status).toBe(400);
    expect((await call('PUT', `${ROLES}/999999`, { name: 'x' })).status).toBe(404);
  });

  it('edits the roles of the system too, in a way that a restart keeps', async () => {
    const before = (await call('GET', `${ROLES}/4`)).body;
    const permissions = [...before.permissions, { id: 100026 }];
    expect((await call('PUT', `${ROLES}/4`, { permissions })).status).toBe(200);
    const after = (await call('GET', `${ROLES}/4`)).body;
    expect([after.createdBy, after.permissions.length]).toEqual([0, before.permissions.length + 1]);
  });

  it('leaves AAE_Admin its members and the rights to mend everything else', async () => {
    expect((await call('PUT', `${ROLES}/1`, { permissions: [] })).status).toBe(400);
    const other = await server.user([]);
    expect((await call('PUT', `${ROLES}/1`, { principals: [] })).status).toBe(409);
    const both = await call('PUT', `${ROLES}/1`, { principals: [{ id: 1 }, { id: other.id }] });
    expect(both.body.countPrincipals).toBe(2);
  });

  it('keeps one role for each user', async () => {
    const user = await server.user([]);
    const answer = await call('PUT', `${ROLES}/${user.roleId}`, { principals: [] });
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain(user.username);
  });
});

describe('deleting a role', () => {
  it('answers 200 with the role and takes it from its members', async () => {
    const user = await server.user([]);
    const { id } = await create('short-lived', { permissions: [{ id: 62 }], principals: [{ id: user.id }] });
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(200);
    const answer = await call('DELETE', `/v2/usermanagement/roles/${id}`);
    expect([answer.status, answer.body.name]).toEqual([200, 'short-lived']);
    expect((await call('POST', `${ROLES}/list`, {}, user.token)).status).toBe(403);
    expect((await call('DELETE', `${ROLES}/${id}`)).status).toBe(404);
  });

  it('refuses the roles of the system with 400 and the only role of a user with 409', async () => {
    const user = await server.user([]);
    expect((await call('DELETE', `${ROLES}/2`)).status).toBe(400);
    expect((await call('DELETE', `${ROLES}/${user.roleId}`)).status).toBe(409);
  });
});

describe('rights', () => {
  it('asks for rolesview to read and rolesmanagement to write', async () => {
    const viewer = await server.user([62]);
    expect((await call('GET', `${ROLES}/1`, undefined, viewer.token)).status).toBe(200);
    for (const [method, path, body] of [
      ['POST', ROLES, { name: 'x', permissions: [] }],
      ['PUT', `${ROLES}/2`, {}],
      ['DELETE', `${ROLES}/2`, undefined],
    ] as const) {
      expect((await call(method, path, body, viewer.token)).status, `${method} ${path}`).toBe(403);
    }
  });

  it('does not let somebody who manages roles become an administrator', async () => {
    const manager = await server.user([12, 62]);
    const admins = await call('PUT', `${ROLES}/1`, { principals: [{ id: 1 }, { id: manager.id }] }, manager.token);
    const right = await call('POST', ROLES, { name: 'as good', permissions: [{ id: 100027 }] }, manager.token);
    expect([admins.status, right.status]).toEqual([403, 403]);
  });
});

describe('the record', () => {
  it('has a row for every write', async () => {
    const { id } = await create('audited');
    await call('PUT', `${ROLES}/${id}`, { permissions: [VIEW_REPOSITORY] });
    await call('DELETE', `${ROLES}/${id}`);
    const rows = await server.room.kernel.database.all(
      sql<{ action: string; details: unknown }>`select action, details from audit_entry
        where subject_type = 'role' and subject_id = ${String(id)} order by id`,
    );
    expect(rows).toEqual([
      { action: 'role.create', details: { permissions: [], principals: [] } },
      { action: 'role.update', details: { changed: ['permissions'], permissions: ['repositorymanager.view'] } },
      { action: 'role.delete', details: null },
    ]);
  });
});
