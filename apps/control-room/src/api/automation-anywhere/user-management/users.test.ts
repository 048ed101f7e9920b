import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../../test-support/server.ts';

/** Contract a §3.1 to §3.3, sentence by sentence. */

const USERS = '/v1/usermanagement/users';
const [VIEW, DELETE, CREATE, UPDATE] = [1, 2, 3, 4];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function call(method: string, path: string, body?: unknown, token = server.admin) {
  return server.call(method, path, { token, body });
}

function settings(username: string, more: object = {}): object {
  return { username, email: `${username}@example.test`, password: ADMIN_PASSWORD, roles: [{ id: 2 }], ...more };
}

async function create(username: string, more: object = {}) {
  const answer = await call('POST', USERS, settings(username, more));
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

describe('creating a user', () => {
  it('answers 201 with the user, whose id is a number, under v1 and v2 and with ?noemail=true', async () => {
    for (const [n, path] of [USERS, '/v2/usermanagement/users', `${USERS}?noemail=true`].entries()) {
      const answer = await call(
        'POST',
        path,
        settings(`Made${n}`, { firstName: 'Clara', licenseFeatures: ['RUNTIME'] }),
      );
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        id: expect.any(Number),
        username: `made${n}`,
        firstName: 'Clara',
        lastName: '',
        description: '',
        domain: '',
        roles: [{ id: 2, name: 'AAE_Basic', version: 0 }],
        licenseFeatures: ['RUNTIME'],
        version: 0,
        createdBy: 1,
        passwordSet: true,
      });
      expect(answer.text).not.toContain(ADMIN_PASSWORD);
    }
  });

  it('takes ids as texts, null for absent, and ignores what it does not know', async () => {
    const more = {
      roles: [{ id: '2' }],
      domain: null,
      passwordSet: true,
      deviceCredentialAttested: false,
      disabled: 'false',
    };
    expect(await create('tolerant', more)).toMatchObject({ domain: '', disabled: false });
  });

  it('refuses a name that is taken, in any letter case, with 409', async () => {
    await create('taken');
    const answer = await call('POST', USERS, settings('TAKEN'));
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain('taken');
  });

  it.each([
    ['no user name', { username: undefined }],
    ['a blank user name', { username: '  ' }],
    ['a user name of 256 characters', { username: 'x'.repeat(256) }],
    ['no e-mail address', { email: undefined }],
    ['no roles', { roles: undefined }],
    ['an empty list of roles', { roles: [] }],
    ['an unknown role', { roles: [{ id: 2 }, { id: 999_999 }] }],
    ['no password', { password: undefined }],
    ['a short password', { password: 'short' }],
    ['a first name of 51 characters', { firstName: 'x'.repeat(51) }],
    ['an unknown licence feature', { licenseFeatures: ['EVERYTHING'] }],
    ['a password for a user of a directory', { domain: 'corp' }],
  ])('refuses %s with 400', async (_what, more) => {
    const answer = await call('POST', USERS, settings('refused', more));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toEqual({ code: expect.any(String), message: expect.any(String), details: expect.any(String) });
  });

  it('lets users of a directory be without a password; the same name may be in two directories', async () => {
    await create('twice');
    expect(await create('twice', { domain: 'CORP', password: undefined })).toMatchObject({
      domain: 'corp',
      passwordSet: false,
    });
  });
});

describe('reading users', () => {
  it('answers one with his permissions, and 404 for one who is not there', async () => {
    const { id } = await create('read');
    const answer = await call('GET', `${USERS}/${id}`);
    expect([answer.status, answer.body.username]).toEqual([200, 'read']);
    expect(answer.body.permissions.length).toBeGreaterThan(0);
    const missing = await call('GET', `${USERS}/999999`);
    expect([missing.status, missing.body.message]).toEqual([404, 'There is no user with the id 999999.']);
  });

  it('answers oneself to everybody', async () => {
    const user = await server.user([]);
    const answer = await call('GET', `${USERS}/self`, undefined, user.token);
    expect([answer.status, answer.body.id]).toEqual([200, user.id]);
  });

  it('lists with every field that clients read without looking, and never null in the texts', async () => {
    await create('listed');
    const body = { filter: { operator: 'eq', field: 'username', value: 'Listed' } };
    const { status, body: answer } = await call('POST', `${USERS}/list`, body);
    expect([status, answer.page]).toEqual([200, { offset: 0, total: expect.any(Number), totalFilter: 1 }]);
    const [user] = answer.list;
    expect(user).toMatchObject({ username: 'listed', domain: '', firstName: '', lastName: '', description: '' });
    for (const key of [
      'id',
      'version',
      'principalId',
      'email',
      'passwordSet',
      'questionsSet',
      'disabled',
      'createdOn',
    ]) {
      expect(user[key], key).not.toBeNull();
      expect(user).toHaveProperty(key);
    }
  });

  it('lists by the filters and orders of the vendor, with the empty body too', async () => {
    await create('sorted-a', { firstName: 'Zoe' });
    await create('sorted-b', { firstName: 'Adam' });
    const filter = { operator: 'substring', field: 'username', value: 'SORTED-' };
    const names = async (body: unknown) =>
      (await call('POST', `${USERS}/list`, body)).body.list.map(({ username }: { username: string }) => username);
    expect(await names({ filter, sort: [{ field: 'firstName', direction: 'asc' }] })).toEqual(['sorted-b', 'sorted-a']);
    expect(await names({ filter, sort: [{ field: 'username', direction: 'desc' }] })).toEqual(['sorted-b', 'sorted-a']);
    expect(await names({ filter, page: { length: 1, offset: 1 } })).toEqual(['sorted-a']);
    expect(await names(undefined)).toContain('admin');
    expect((await call('POST', `${USERS}/list`, { filter: { field: 'nonsense', value: 1 } })).status).toBe(400);
  });
});

describe('changing a user', () => {
  it('changes what is named, keeps the rest, and counts the version', async () => {
    const { id } = await create('changed', { lastName: 'Klein', description: 'clerk' });
    const answer = await call('PUT', `${USERS}/${id}`, { firstName: 'Clara', roles: [{ id: 8 }], description: '' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      firstName: 'Clara',
      lastName: 'Klein',
      description: '',
      version: 1,
      updatedBy: 1,
    });
    expect(answer.body.roles).toEqual([{ id: 8, name: 'AAE_Queue Admin', version: 0 }]);
  });

  it('refuses a stale version and a taken name with 409, an empty list of roles with 400', async () => {
    const { id } = await create('versioned');
    expect((await call('PUT', `${USERS}/${id}`, { version: 0, firstName: 'A' })).status).toBe(200);
    const stale = await call('PUT', `${USERS}/${id}`, { version: 0, firstName: 'B' });
    expect([stale.status, stale.body.code]).toEqual([409, 'VERSION.STALE']);
    expect((await call('PUT', `${USERS}/${id}`, { username: 'admin' })).status).toBe(409);
    expect((await call('PUT', `${USERS}/${id}`, { roles: [] })).status).toBe(400);
    expect((await call('PUT', `${USERS}/999999`, { firstName: 'B' })).status).toBe(404);
  });

  it('takes back what was read, and leaves the password behind when the user moves into a directory', async () => {
    const { id } = await create('round-trip', { email: 'a@example.test' });
    const read = (await call('GET', `${USERS}/${id}`)).body;
    const answer = await call('PUT', `${USERS}/${id}`, { ...read, domain: 'CORP', email: 'b@example.test' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      domain: 'corp',
      email: 'b@example.test',
      passwordSet: false,
      roles: read.roles,
    });
    await expect(server.logIn('CORP\\round-trip', ADMIN_PASSWORD)).rejects.toThrow();
  });

  it('counts at once: a new role for the next call, disabling for the token that is out', async () => {
    const user = await server.user([]);
    expect((await call('POST', `${USERS}/list`, {}, user.token)).status).toBe(403);
    await call('PUT', `${USERS}/${user.id}`, { roles: [{ id: 1 }] });
    expect((await call('POST', `${USERS}/list`, {}, user.token)).status).toBe(200);
    await call('PUT', `${USERS}/${user.id}`, { disabled: true });
    expect((await call('GET', `${USERS}/self`, undefined, user.token)).status).toBe(401);
  });

  it('ends the user’s sessions when his password is set', async () => {
    const user = await server.user([]);
    await call('PUT', `${USERS}/${user.id}`, { password: 'another-long-secret' });
    expect((await call('GET', `${USERS}/self`, undefined, user.token)).status).toBe(401);
    await expect(server.logIn(user.username, 'another-long-secret')).resolves.toBeTypeOf('string');
  });
});

describe('deleting a user', () => {
  it('answers 200 with the user that was, without roles and not deleted; his tokens are dead, his name is free', async () => {
    const user = await server.user([VIEW], 'leaver');
    const answer = await call('DELETE', `/v2/usermanagement/users/${user.id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: user.id, username: 'leaver', deleted: false, roles: [] });
    expect((await call('GET', `${USERS}/self`, undefined, user.token)).status).toBe(401);
    expect((await call('GET', `${USERS}/${user.id}`)).status).toBe(404);
    expect((await call('DELETE', `${USERS}/${user.id}`)).status).toBe(404);
    expect((await create('leaver')).id).not.toBe(user.id);
    const names = await server.room.domain.identity.usernames([user.id, 0, 1]);
    expect([...names]).toEqual([
      [0, 'system'],
      [1, 'admin'],
      [user.id, 'leaver'],
    ]);
  });

  it('refuses deleting oneself', async () => {
    const user = await server.user([VIEW, DELETE]);
    expect((await call('DELETE', `${USERS}/${user.id}`, undefined, user.token)).status).toBe(400);
  });

  it('keeps the last administrator: not deleted, not disabled, not without the role', async () => {
    expect((await call('PUT', `${USERS}/1`, { disabled: true })).status).toBe(400);
    expect((await call('PUT', `${USERS}/1`, { roles: [{ id: 2 }] })).status).toBe(400);
    const { database } = server.room.kernel;
    const other = await create('second-admin', { roles: [{ id: 1 }], disabled: true });
    // The second one is disabled, so the first is still the last who can log in.
    expect((await call('PUT', `${USERS}/1`, { disabled: true })).status).toBe(400);
    await call('PUT', `${USERS}/${other.id}`, { disabled: false });
    const second = await server.logIn('second-admin', ADMIN_PASSWORD);
    const [first, both] = await Promise.all([
      call('DELETE', `${USERS}/${other.id}`, undefined, server.admin),
      call('PUT', `${USERS}/1`, { disabled: true }, second),
    ]);
    // At the same time: whichever came first, one administrator is left.
    expect([first.status, both.status].filter((status) => status === 200)).toHaveLength(1);
    await database.all(sql`update app_user set disabled = false where id = 1`);
    // Whom it was that lost: the tests that follow go on as the first one.
    await database.all(sql`update session set ended_on = null, end_reason = null where user_id = 1`);
    await database.all(
      sql`select pg_notify('signalbox', 'identity-changed:*'), pg_notify('signalbox', 'session-ended:*')`,
    );
    await expect.poll(async () => (await call('GET', `${USERS}/1`)).status).toBe(200);
  });
});

describe('rights', () => {
  it('asks for the permission of each call', async () => {
    const nobody = await server.user([]);
    const { id } = await create('protected');
    for (const [method, path, body] of [
      ['POST', USERS, settings('by-nobody')],
      ['POST', `${USERS}/list`, {}],
      ['GET', `${USERS}/${id}`, undefined],
      ['PUT', `${USERS}/${id}`, { firstName: 'X' }],
      ['DELETE', `${USERS}/${id}`, undefined],
    ] as const) {
      expect((await call(method, path, body, nobody.token)).status, `${method} ${path}`).toBe(403);
      expect((await server.call(method, path, { body })).status, `${method} ${path}`).toBe(401);
    }
  });

  it('does not let somebody who manages users become an administrator', async () => {
    const manager = await server.user([VIEW, CREATE, UPDATE, DELETE]);
    const admin = await create('guarded-admin', { roles: [{ id: 1 }] });
    const attempts = [
      call('POST', USERS, settings('promoted', { roles: [{ id: 1 }] }), manager.token),
      call('PUT', `${USERS}/${manager.id}`, { roles: [{ id: 1 }] }, manager.token),
      call('PUT', `${USERS}/${admin.id}`, { password: 'taken-over-by-me' }, manager.token),
      call('DELETE', `${USERS}/${admin.id}`, undefined, manager.token),
      call('POST', `/signalbox/v1/users/${admin.id}/api-keys`, {}, manager.token),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });
});

describe('changing one’s own password', () => {
  const path = `${USERS}/self/changePassword`;

  it('answers 204, takes the new one, and ends the other sessions', async () => {
    const user = await server.user([]);
    await call('PUT', `${USERS}/${user.id}`, { multipleLoginAllowed: true });
    const body = { username: user.username, password: ADMIN_PASSWORD, multipleLogin: true };
    const other = (await server.call('POST', '/v2/authentication', { body })).body.token;
    const answer = await call(
      'POST',
      path,
      { oldPassword: ADMIN_PASSWORD, newPassword: 'a-much-better-one' },
      user.token,
    );
    expect([answer.status, answer.text]).toEqual([204, '']);
    const statuses = [user.token, other].map(
      async (token) => (await call('GET', `${USERS}/self`, undefined, token)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 401]);
    await expect(server.logIn(user.username, ADMIN_PASSWORD)).rejects.toThrow();
    await expect(server.logIn(user.username, 'a-much-better-one')).resolves.toBeTypeOf('string');
  });

  it('refuses a wrong old password and a bad new one, and slows down guessing, also under an Idempotency-Key', async () => {
    const user = await server.user([]);
    const short = await call('POST', path, { oldPassword: ADMIN_PASSWORD, newPassword: 'short' }, user.token);
    expect(short.status).toBe(400);
    const statuses: number[] = [];
    for (let n = 0; n < 7; n++) {
      const body = { oldPassword: `guess ${n}`, newPassword: 'a-much-better-one' };
      const headers = { 'idempotency-key': `guess ${n}` };
      statuses.push((await server.call('POST', path, { token: user.token, body, headers })).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 429]);
  });
});

describe('the record', () => {
  it('has a row for every write, in the same transaction', async () => {
    const { id } = await create('audited');
    await call('PUT', `${USERS}/${id}`, { firstName: 'A', password: 'never-in-the-record' });
    await call('DELETE', `${USERS}/${id}`);
    const rows = await server.room.kernel.database.all(
      sql<{ action: string; text: string }>`select action, a::text as text from audit_entry a
        where subject_type = 'user' and subject_id = ${String(id)} order by id`,
    );
    expect(rows.map(({ action }) => action)).toEqual(['user.create', 'user.update', 'user.delete']);
    expect(rows[1]?.text).toContain('password');
    expect(rows.map(({ text }) => text).join()).not.toContain('never-in-the-record');
  });
});
