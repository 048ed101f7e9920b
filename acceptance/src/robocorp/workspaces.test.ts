import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';

let server: TestServer;
let workspace: { id: string; name: string };
let other: { id: string };

beforeAll(async () => {
  server = await startTestServer();
  workspace = await make('/signalbox/v1/workspaces', { name: 'Finance' });
  other = await make('/signalbox/v1/workspaces', { name: 'Sales' });
});
afterAll(() => server.stop());

async function make(path: string, body: object) {
  const answer = await server.call('POST', path, { token: server.admin, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const newKey = (name: string, permissions: string[], more: object = {}) =>
  make(`/signalbox/v1/workspaces/${workspace.id}/keys`, { name, permissions, ...more });

const asKey = (key: string, path: string, method = 'GET') =>
  server.call(method, path, { headers: { authorization: `RC-WSKEY ${key}` } });

describe('a key of a workspace', () => {
  it('opens its workspace under both prefixes', async () => {
    const { key } = await newKey('reader', ['read_runs']);
    for (const prefix of ['/api/v1', '/v1']) {
      const answer = await asKey(key, `${prefix}/workspaces/${workspace.id}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        id: workspace.id,
        name: 'Finance',
        organization: { id: expect.any(String), name: 'Signalbox' },
      });
    }
  });

  it('is refused by the table: 401 where nobody is known, 403 for another workspace', async () => {
    const { key } = await newKey('of Finance', []);
    expect((await server.call('GET', `/v1/workspaces/${workspace.id}`)).status).toBe(401);
    const unknown = await asKey('none', `/v1/workspaces/${workspace.id}`);
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual({ error: { code: 'UNAUTHENTICATED', message: expect.any(String) } });
    expect((await asKey(key, `/v1/workspaces/${other.id}`)).status).toBe(403);
  });

  it('takes the short names of permissions, and shows the full ones', async () => {
    const { permissions } = await newKey('short', ['read_runs', 'trigger_processes', 'Processes.read_runs']);
    expect(permissions).toEqual(['Processes.read_runs', 'Processes.trigger_processes']);
    const wrong = await server.call('POST', `/signalbox/v1/workspaces/${workspace.id}/keys`, {
      token: server.admin,
      body: { name: 'wrong', permissions: ['fly'] },
    });
    expect(wrong.status).toBe(400);
  });

  it('is kept as a hash, and shown again only when it was made so', async () => {
    const once = await newKey('once', []);
    const again = await newKey('again', [], { revealable: true });
    const reveal = (id: number) =>
      server.call('POST', `/signalbox/v1/workspaces/${workspace.id}/keys/${id}/reveal`, { token: server.admin });
    expect((await reveal(once.id)).status).toBe(412);
    expect((await reveal(again.id)).body).toEqual({ key: again.key });
    const list = await server.call('GET', `/signalbox/v1/workspaces/${workspace.id}/keys`, { token: server.admin });
    expect(list.text).not.toContain(again.key);
    const dump = await server.database.database.all(
      sql`select coalesce(sealed, '') as sealed, encode(hash, 'hex') as hash from workspace_key`,
    );
    expect(JSON.stringify(dump)).not.toContain(once.key);
  });

  it('opens nothing once it is deleted', async () => {
    const { id, key } = await newKey('short lived', []);
    expect((await asKey(key, `/v1/workspaces/${workspace.id}`)).status).toBe(200);
    await server.call('DELETE', `/signalbox/v1/workspaces/${workspace.id}/keys/${id}`, { token: server.admin });
    expect((await asKey(key, `/v1/workspaces/${workspace.id}`)).status).toBe(401);
  });

  it('counts its uses', async () => {
    const { id, key } = await newKey('counted', []);
    for (let i = 0; i < 3; i++) await asKey(key, `/v1/workspaces/${workspace.id}`);
    await server.room.domain.workspaces.keys.close();
    const list = await server.call('GET', `/signalbox/v1/workspaces/${workspace.id}/keys`, { token: server.admin });
    expect(list.body.list.find((one: { id: number }) => one.id === id)).toMatchObject({
      uses: 3,
      lastUsedOn: expect.any(String),
    });
  });
});

describe('a workspace', () => {
  it('is there for its members and the administrators, and its keys for its owners', async () => {
    const member = await server.user([], 'member');
    const path = `/signalbox/v1/workspaces/${workspace.id}`;
    expect((await server.call('GET', `${path}/members`, { token: member.token })).status).toBe(404);
    const added = await server.call('PUT', `${path}/members/${member.id}`, {
      token: server.admin,
      body: { role: 'member' },
    });
    expect(added.status, added.text).toBe(204);
    expect((await server.call('GET', `${path}/members`, { token: member.token })).body.list).toContainEqual({
      userId: member.id,
      username: 'member',
      role: 'MEMBER',
    });
    expect((await server.call('GET', `${path}/keys`, { token: member.token })).status).toBe(403);
    expect((await server.call('GET', '/signalbox/v1/workspaces', { token: member.token })).body.list).toHaveLength(1);
  });
});

describe('the signature of a tool', () => {
  it.each([
    ['', 'hello', 'FOuljSztpLu7mvJUUDCSQiCUhTaJtMPvlaotsMlSAx4='],
    ['2020', 'hello', 'sTCPARcFoXTZm65kmLeWAgnhAIeYYhMQURhaqLf27vw='],
    ['', '', 'pEVK8rYfOZGflXQpQb08T5fFnT95fXVrhpLignEd3Mc='],
  ])('of a call for workspace "%s" with the secret "%s" is the known one', (id, secret, expected) => {
    const path = `/token-vendor-v1/workspaces/${id}/tokenrequest`;
    expect(signatureOf(secret, { method: 'POST', path, timestamp: '1590471922', body: '{}' })).toBe(expected);
  });
});
