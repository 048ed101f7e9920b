import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../../test-support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ SIGNALBOX_PASSWORD_POLICY: 'compatible' });
});
afterAll(() => server.stop());

it('the public keys are open to anyone and verify every token, before and after a rotation', async () => {
  const rotated = await server.call('POST', '/signalbox/v1/signing-keys', { token: server.admin });
  expect(rotated.status).toBe(201);
  const body = { username: 'admin', password: ADMIN_PASSWORD, multipleLogin: true };
  const fresh = (await server.call('POST', '/v2/authentication', { body })).body.token;
  expect(decodeProtectedHeader(fresh).kid).toBe(rotated.body.kid);

  const { status, body: jwks, text } = await server.call('GET', '/.well-known/jwks.json');
  expect(status).toBe(200);
  expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)"/);
  for (const token of [server.admin, fresh]) {
    await expect(jwtVerify(token, createLocalJWKSet(jwks), { issuer: 'AutomationAnywhere' })).resolves.toBeDefined();
    expect((await server.call('GET', '/v1/usermanagement/users/self', { token })).status).toBe(200);
  }
});

it('only who administers the system rotates them', async () => {
  const body = { username: 'clerk', email: 'c@example.test', password: 'password', roles: [{ id: 2 }] };
  const path = '/v1/usermanagement/users?noemail=true';
  // The literal value that a client gives to new users passes the compatible policy (contract a §3.2).
  expect((await server.call('POST', path, { token: server.admin, body })).status).toBe(201);
  const token = await server.logIn('clerk', 'password');
  expect((await server.call('POST', '/signalbox/v1/signing-keys', { token })).status).toBe(403);
  expect((await server.call('POST', '/signalbox/v1/signing-keys')).status).toBe(401);
});
