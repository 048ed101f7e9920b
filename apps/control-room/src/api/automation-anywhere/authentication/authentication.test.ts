import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../../test-support/server.ts';

/** Contract a §2, sentence by sentence, over real HTTP. */

const GENERATE_API_KEY = 100001;
const VIEW_USERS = 1;
const SELF = '/v1/usermanagement/users/self';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function logIn(body: unknown, path = '/v2/authentication') {
  return server.call('POST', path, { body });
}

function readSelf(token: string) {
  return server.call('GET', SELF, { token });
}

async function allowSeveralSessions(id: number): Promise<void> {
  const answer = await server.call('PUT', `/v2/usermanagement/users/${id}`, {
    token: server.admin,
    body: { multipleLoginAllowed: true },
  });
  expect(answer.status).toBe(200);
}

describe('logging in', () => {
  it('answers a token, the tenant and the whole user, under v1 and v2', async () => {
    const { id } = await server.user([VIEW_USERS], 'whole');
    for (const path of ['/v1/authentication', '/v2/authentication', '//v2/authentication/']) {
      const { status, body } = await logIn({ username: 'whole', password: ADMIN_PASSWORD }, path);
      expect(status).toBe(200);
      expect(body).toMatchObject({ token: expect.any(String), tenantUuid: expect.any(String), mfaAuthResponse: null });
      expect(body).not.toHaveProperty('error');
      expect(body.user).toMatchObject({
        id,
        username: 'whole',
        domain: null,
        description: null,
        email: 'whole@example.test',
        firstName: '',
        lastName: '',
        principalId: id,
        deleted: false,
        disabled: false,
        sysAssignedRoles: [],
        groupNames: [],
        licenseFeatures: [],
        publicKey: null,
        appType: null,
        routingName: null,
        appUrl: null,
        multipleLoginAllowed: false,
        passwordSet: true,
        lastLoginTime: expect.any(String),
      });
      expect(body.user.roles).toEqual([{ id: expect.any(Number), name: 'role of whole', version: 0 }]);
      expect(body.user.permissions).toContainEqual({
        id: VIEW_USERS,
        action: 'usermanagement',
        resourceType: 'usermanagement',
        resourceId: null,
      });
    }
  });

  it('gives every user the rights that each role has', async () => {
    await server.user([], 'plain');
    const { body } = await logIn({ username: 'plain', password: ADMIN_PASSWORD });
    expect(body.user.permissions.map(({ id }: { id: number }) => id)).toEqual([30, 58, 59, 120]);
  });

  it('takes the names of the fields and the user in any letter case', async () => {
    expect((await logIn({ Username: 'ADMIN', Password: ADMIN_PASSWORD, multiplelogin: 'True' })).status).toBe(200);
  });

  it('ignores captcha, mfaCode and what it does not know', async () => {
    const body = {
      username: 'admin',
      password: ADMIN_PASSWORD,
      multipleLogin: true,
      captcha: {},
      mfaCode: 123456,
      multiLogin: 'x',
    };
    expect((await logIn(body)).status).toBe(200);
  });

  it('refuses a wrong password, an unknown user and a disabled one with the same 401', async () => {
    const user = await server.user([], 'disabled');
    await server.call('PUT', `/v1/usermanagement/users/${user.id}`, { token: server.admin, body: { disabled: true } });
    const answers = await Promise.all([
      logIn({ username: 'admin', password: 'not the password' }),
      logIn({ username: 'nobody-at-all', password: 'not the password' }),
      logIn({ username: 'disabled', password: ADMIN_PASSWORD }),
      logIn({ username: 'admin', apiKey: 'x'.repeat(40) }),
    ]);
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toEqual({ ...answers[0]?.body, code: 'UM1110' });
    }
  });

  it('refuses a body without a user name or without a secret with 400', async () => {
    for (const body of [
      '{"username": ',
      {},
      { password: 'x' },
      { username: 'admin' },
      { username: 'admin', password: '' },
    ]) {
      const answer = await logIn(body);
      expect(answer.status, JSON.stringify(body)).toBe(400);
      expect(Object.keys(answer.body)).toEqual(['code', 'message', 'details']);
    }
  });
});

describe('the token', () => {
  it('is a JWT like the vendor’s, signed with RS512 and good for 20 minutes', async () => {
    const { id, token } = await server.user([], 'jwt');
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS512', kid: expect.any(String) });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      sub: String(id),
      iss: 'AutomationAnywhere',
      clientType: 'WEB',
      licenses: [],
      analyticsLicensesPurchased: { AnalyticsClient: false, AnalyticsAPI: false },
      multipleLogin: false,
      tenantUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      csrfToken: expect.any(String),
    });
    expect(Number.isInteger(claims.nanoTime)).toBe(true);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(1200);
  });

  it('is taken from either header', async () => {
    const { token } = await server.user([], 'headers');
    const bearer = await server.call('GET', SELF, { headers: { authorization: `Bearer ${token}` } });
    expect([(await readSelf(token)).status, bearer.status]).toEqual([200, 200]);
  });

  it('is refused when it is missing, garbage, changed or signed by somebody else', async () => {
    const { token } = await server.user([], 'forged');
    const [header, payload, signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(String(payload), 'base64url').toString());
    const admin = Buffer.from(JSON.stringify({ ...claims, sub: '1' })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of ['', 'garbage', `${header}.${admin}.${signature}`, `${none}.${payload}.`]) {
      const answer = await readSelf(forged);
      expect([answer.status, answer.body.code], forged).toEqual([401, 'UM1110']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('several sessions', () => {
  it('ends the earlier single session with UM1114', async () => {
    const { token } = await server.user([], 'single');
    const second = await server.logIn('single', ADMIN_PASSWORD);
    const refused = await readSelf(token);
    expect([refused.status, refused.body.code]).toEqual([401, 'UM1114']);
    expect((await readSelf(second)).status).toBe(200);
  });

  it('lets tokens of multipleLogin stand beside each other and beside a single one', async () => {
    const { id } = await server.user([], 'several');
    await allowSeveralSessions(id);
    const both = { username: 'several', password: ADMIN_PASSWORD, multipleLogin: true };
    const tokens = [(await logIn(both)).body.token, (await logIn(both)).body.token];
    expect(decodeJwt(tokens[0]).multipleLogin).toBe(true);
    tokens.push(await server.logIn('several', ADMIN_PASSWORD));
    expect(await Promise.all(tokens.map(async (token) => (await readSelf(token)).status))).toEqual([200, 200, 200]);
  });

  it('gives users who may not have several a single session instead of an error', async () => {
    const { token } = await server.user([], 'only-one');
    const answer = await logIn({ username: 'only-one', password: ADMIN_PASSWORD, multipleLogin: true });
    expect(answer.status).toBe(200);
    expect(decodeJwt(answer.body.token).multipleLogin).toBe(false);
    expect((await readSelf(token)).body.code).toBe('UM1114');
  });
});

describe('validating', () => {
  const path = '/v1/authentication/token';

  it('takes the token from the query or the header, and the query wins', async () => {
    const { token } = await server.user([], 'validated');
    const ask = async (query: string, header?: string) =>
      (await server.call('GET', path + query, { token: header })).body;
    expect(await ask(`?token=${token}`)).toEqual({ valid: true });
    expect(await ask('', token)).toEqual({ valid: true });
    expect(await ask('?token=garbage', token)).toEqual({ valid: false });
    expect(await ask(`?token=${token}`, 'garbage')).toEqual({ valid: true });
  });

  it('answers 200 and false for garbage, and 400 when there is nothing to look at', async () => {
    const garbage = await server.call('GET', path, { token: 'garbage' });
    expect([garbage.status, garbage.body]).toEqual([200, { valid: false }]);
    expect((await server.call('GET', path)).status).toBe(400);
  });
});

describe('refreshing', () => {
  for (const version of ['v1', 'v2']) {
    it(`takes the token from the body or the header under ${version}, and answers like a log-in`, async () => {
      const { token } = await server.user([], `refreshed-${version}`);
      const path = `/${version}/authentication/token`;
      for (const options of [{ body: { token } }, { token }, { token: 'garbage', body: { token } }]) {
        const answer = await server.call('POST', path, options);
        expect(answer.status).toBe(200);
        expect(answer.body.token).not.toBe(token);
        expect(answer.body.user.username).toBe(`refreshed-${version}`);
      }
    });
  }

  it('refuses no token, garbage and a session that has ended', async () => {
    const { token } = await server.user([], 'not-refreshed');
    await server.call('POST', '/v1/authentication/logout', { token });
    for (const options of [{}, { body: { token: 'garbage' } }, { body: { token } }, { token }]) {
      const answer = await server.call('POST', '/v1/authentication/token', options);
      expect([answer.status, answer.body.code]).toEqual([401, 'UM1110']);
    }
  });
});

describe('logging out', () => {
  for (const version of ['v1', 'v2']) {
    it(`answers 204 without a body under ${version}; then the token and those refreshed from it are dead`, async () => {
      const { token } = await server.user([], `gone-${version}`);
      const fresh = (await server.call('POST', '/v1/authentication/token', { token })).body.token;
      const answer = await server.call('POST', `/${version}/authentication/logout`, { token, body: {} });
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const dead of [token, fresh]) {
        expect((await readSelf(dead)).status).toBe(401);
        expect((await server.call('GET', `/v1/authentication/token?token=${dead}`)).body).toEqual({ valid: false });
      }
      expect((await server.call('POST', `/${version}/authentication/logout`, { token })).status).toBe(401);
    });
  }
});

describe('API keys', () => {
  it('stand in for the password and open sessions beside all others', async () => {
    const user = await server.user([GENERATE_API_KEY], 'keyed');
    const made = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token });
    expect(made.status).toBe(201);
    expect(made.body.apiKey).toMatch(/^[A-Za-z0-9]{40}$/);
    const days = Temporal.Instant.from(made.body.createdOn).until(made.body.expiresOn).total('days');
    expect(days).toBe(45);

    const tokens = [user.token];
    for (const password of [undefined, 'wrong']) {
      tokens.push((await logIn({ username: 'keyed', password, apiKey: made.body.apiKey })).body.token);
    }
    expect(decodeJwt(String(tokens[1])).multipleLogin).toBe(true);
    expect(await Promise.all(tokens.map(async (token) => (await readSelf(token)).status))).toEqual([200, 200, 200]);
    expect((await logIn({ username: 'admin', apiKey: made.body.apiKey })).status).toBe(401);
  });

  it('are refused once they are revoked, and their sessions end; the password’s go on', async () => {
    const user = await server.user([GENERATE_API_KEY], 'revoked');
    const { body: key } = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token });
    const token = (await logIn({ username: 'revoked', apiKey: key.apiKey })).body.token;
    const listed = await server.call('GET', '/signalbox/v1/users/self/api-keys', { token });
    expect(listed.body.list).toEqual([
      { id: key.id, userId: user.id, createdOn: key.createdOn, expiresOn: key.expiresOn },
    ]);
    const answer = await server.call('DELETE', `/signalbox/v1/users/${user.id}/api-keys/${key.id}`, {
      token: server.admin,
    });
    expect(answer.status).toBe(204);
    expect((await logIn({ username: 'revoked', apiKey: key.apiKey })).status).toBe(401);
    expect([(await readSelf(token)).status, (await readSelf(user.token)).status]).toEqual([401, 200]);
  });

  it('need the right to them, for making one and for logging in', async () => {
    const user = await server.user([GENERATE_API_KEY], 'degraded');
    const { body: key } = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token });
    const role = `/v2/usermanagement/roles/${user.roleId}`;
    expect((await server.call('PUT', role, { token: server.admin, body: { permissions: [] } })).status).toBe(200);
    expect((await logIn({ username: 'degraded', apiKey: key.apiKey })).status).toBe(401);
    expect((await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token })).status).toBe(403);
    const forHim = await server.call('POST', `/signalbox/v1/users/${user.id}/api-keys`, { token: server.admin });
    expect(forHim.status).toBe(400);
  });

  it('are shown once and kept nowhere in plain, not even under an Idempotency-Key', async () => {
    const user = await server.user([GENERATE_API_KEY], 'secretive');
    const headers = { 'idempotency-key': 'once' };
    const first = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token, headers });
    const second = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token, headers });
    expect(second.body.apiKey).not.toBe(first.body.apiKey);
    const { database } = server.room.kernel;
    const kept = await database.all(sql<{ body: string | null }>`select body from idempotency_key`);
    expect(kept.filter(({ body }) => body?.includes(first.body.apiKey))).toEqual([]);
  });
});

describe('the record', () => {
  it('says who logged in, who failed and who logged out, and never a secret', async () => {
    const { token } = await server.user([], 'recorded');
    await logIn({ username: 'recorded', password: 'the-wrong-secret' });
    await server.call('POST', '/v1/authentication/logout', { token });
    const rows = await server.room.kernel.database.all(
      sql<{ action: string; outcome: string; remote_address: string; text: string }>`
        select action, outcome, remote_address, a::text as text from audit_entry a where subject_name = 'recorded' order by id`,
    );
    expect(rows.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'user.create SUCCESSFUL',
      'session.logIn SUCCESSFUL',
      'session.logIn UNSUCCESSFUL',
      'session.logOut SUCCESSFUL',
    ]);
    expect(rows[1]?.remote_address).toMatch(/127\.0\.0\.1/);
    const all = rows.map(({ text }) => text).join('\n');
    expect(all).not.toContain(ADMIN_PASSWORD);
    expect(all).not.toContain('the-wrong-secret');
    expect(all).not.toContain(token);
  });
});
