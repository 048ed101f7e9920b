import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

let server: TestServer;
let names = 0;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A registered device whose runner is not there. */
async function device(): Promise<number> {
  const { token } = await server.room.issueRunnerToken();
  const answer = await server.call('POST', '/runner/v1/register', {
    body: {
      token,
      device: { hostName: `HOST${++names}`, os: 'linux', agentVersion: '1', capacity: 2, capabilities: { cores: 2 } },
    },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body.deviceId;
}

const get = (id: number, token = server.admin) => server.call('GET', `/v2/devices/${id}`, { token });
const fail = (id: number) =>
  server.room.kernel.database.transaction((tx) => server.room.domain.fleet.health.failed(tx, id, 'No space left.'));

describe('a device', () => {
  it('is read with what it can', async () => {
    const { status, body } = await get(await device());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'DISCONNECTED',
      state: 'ACTIVE',
      os: 'linux',
      capacity: 2,
      capabilities: { cores: 2 },
      health: { failures: 0, quarantinedUntil: null, drainingSince: null },
    });
  });

  it('gets a nickname, which lists find it by', async () => {
    const id = await device();
    const renamed = await server.call('PUT', `/v2/devices/${id}`, {
      token: server.admin,
      body: { nickname: ' Bertha ' },
    });
    expect(renamed.body).toMatchObject({ id: String(id), nickname: 'Bertha' });
    const found = await server.call('POST', '/v2/devices/list', {
      token: server.admin,
      body: { filter: { operator: 'substring', field: 'nickname', value: 'berth' } },
    });
    expect(found.body.list.map((one: { id: string }) => one.id)).toEqual([String(id)]);
  });

  it('is drained with a reason, and taken up again', async () => {
    const id = await device();
    const drained = await server.call('POST', `/v2/devices/${id}/drain`, {
      token: server.admin,
      body: { reason: 'new disk' },
    });
    expect(drained.body).toMatchObject({ state: 'DRAINING' });
    expect((await get(id)).body.health).toMatchObject({
      drainingReason: 'new disk',
      drainingSince: expect.any(String),
    });
    const resumed = await server.call('POST', `/v2/devices/${id}/resume`, { token: server.admin });
    expect(resumed.body).toMatchObject({ state: 'ACTIVE' });
  });

  it('is set apart after three failures in a row, each time for longer, and comes back by itself', async () => {
    const id = await device();
    for (let i = 0; i < 2; i++) await fail(id);
    expect((await get(id)).body.state).toBe('ACTIVE');
    await fail(id);
    const first = await get(id);
    expect(first.body).toMatchObject({ state: 'QUARANTINED', health: { lastFailure: 'No space left.' } });
    await server.advance({ minutes: 6 });
    expect((await get(id)).body.state).toBe('ACTIVE');
    for (let i = 0; i < 3; i++) await fail(id);
    await server.advance({ minutes: 6 });
    expect((await get(id)).body.state).toBe('QUARANTINED');
    await server.advance({ minutes: 5 });
    expect((await get(id)).body.state).toBe('ACTIVE');
  });

  it('is forgiven by a good run', async () => {
    const id = await device();
    const { database } = server.room.kernel;
    for (let i = 0; i < 2; i++) await fail(id);
    await database.transaction((tx) => server.room.domain.fleet.health.worked(tx, id));
    await fail(id);
    expect((await get(id)).body).toMatchObject({ state: 'ACTIVE', health: { failures: 1 } });
  });

  it('is forgiven by what a run had brought about before it was lost, however long it had gone on', async () => {
    const id = await device();
    const { database } = server.room.kernel;
    for (let i = 0; i < 4; i++) {
      await server.advance({ seconds: 1 });
      const [row] = await database.all(sql<{ now: Temporal.Instant }>`select present() as now`);
      await server.advance({ seconds: 1 });
      await database.transaction((tx) => server.room.domain.fleet.health.failed(tx, id, 'It fell silent.', row?.now));
    }
    expect((await get(id)).body).toMatchObject({ state: 'ACTIVE', health: { failures: 1 } });
  });

  it('is deleted while it is not connected, and its key with it', async () => {
    const { token } = await server.room.issueRunnerToken();
    const facts = { hostName: 'GONE', os: 'linux', agentVersion: '1', capacity: 1, capabilities: {} };
    const made = await server.call('POST', '/runner/v1/register', { body: { token, device: facts } });
    const session = await server.call('POST', '/runner/v1/sessions', { token: made.body.key, body: facts });
    expect(session.status).toBe(201);
    const path = `/v2/devices/${made.body.deviceId}`;
    expect((await server.call('DELETE', path, { token: server.admin })).status).toBe(409);
    await server.call('POST', '/runner/v1/sessions/close', {
      token: made.body.key,
      body: { sessionId: session.body.sessionId },
    });
    expect((await server.call('DELETE', path, { token: server.admin })).status).toBe(204);
    expect((await server.call('GET', path, { token: server.admin })).status).toBe(404);
    expect((await server.call('POST', '/runner/v1/sessions', { token: made.body.key, body: facts })).status).toBe(401);
  });

  it('is not there for who may not see it', async () => {
    const id = await device();
    const stranger = await server.user([30, 119, 1191], 'stranger');
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/drain'],
      ['POST', '/resume'],
    ] as const) {
      const answer = await server.call(method, `/v2/devices/${id}${path}`, {
        token: stranger.token,
        ...(method === 'GET' ? {} : { body: { nickname: 'x' } }),
      });
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
  });
});

describe('licences', () => {
  const limit = (feature: string, purchased: number | null) =>
    server.call('PUT', `/signalbox/v1/licenses/${feature}`, { token: server.admin, body: { purchased } });
  const user = (username: string, features: string[]) =>
    server.call('POST', '/v1/usermanagement/users', {
      token: server.admin,
      body: {
        username,
        email: 'x@example.test',
        password: 'long-enough-for-all',
        roles: [{ id: 2 }],
        licenseFeatures: features,
      },
    });

  it('are counted, and limited only when somebody says so', async () => {
    // The administrator of a first start has them all.
    expect((await user('runner one', ['RUNTIME'])).status).toBe(201);
    expect((await limit('runtime', 3)).body).toEqual({ feature: 'RUNTIME', used: 2, purchased: 3 });
    const two = await user('runner two', ['RUNTIME', 'DEVELOPMENT']);
    expect(two.status).toBe(201);
    const three = await user('runner three', ['RUNTIME']);
    expect(three.status).toBe(409);
    expect(three.body.message).toMatch(/No licence RUNTIME is left: 3 may have it/);
    await server.call('PUT', `/v1/usermanagement/users/${two.body.id}`, {
      token: server.admin,
      body: { disabled: true },
    });
    expect((await user('runner three', ['RUNTIME'])).status).toBe(201);
    const back = await server.call('PUT', `/v1/usermanagement/users/${two.body.id}`, {
      token: server.admin,
      body: { disabled: false },
    });
    expect(back.status).toBe(409);
    expect((await limit('RUNTIME', null)).body).toEqual({ feature: 'RUNTIME', used: 3, purchased: null });
    const report = await server.call('GET', '/signalbox/v1/licenses', { token: server.admin });
    expect(report.body.list).toHaveLength(9);
  });

  it('go to one of two who want the last at the same time', async () => {
    await limit('AARIUSER', 1);
    const both = await Promise.all([user('left', ['AARIUSER']), user('right', ['AARIUSER'])]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });
});
