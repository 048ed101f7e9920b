import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { linkRunner, type TestWorkspace, testWorkspace } from '../support/integrator.ts';

let server: TestServer;
let finance: TestWorkspace;
let other: TestWorkspace;

beforeAll(async () => {
  server = await startTestServer();
  finance = await testWorkspace(server, 'Finance');
  other = await testWorkspace(server, 'Sales');
});
afterAll(() => server.stop());

const inAnHour = () => Temporal.Now.instant().add({ hours: 1 }).toString();

async function group(name: string, workspace = finance): Promise<string> {
  const made = await workspace.call('POST', '/worker-groups', { name });
  expect(made.status, made.text).toBe(200);
  expect(made.body).toEqual({ id: expect.any(String), name });
  return made.body.id;
}

async function worker(hostName: string, workspace = finance): Promise<string> {
  const made = await workspace.call('POST', '/workers/link-tokens', { expires_at: inAnHour() });
  return (await linkRunner(server, made.body.link_token, hostName)).id;
}

async function token(groupId: string, expires_at: string | null = null): Promise<{ id: string; text: string }> {
  const made = await finance.call('POST', `/worker-groups/${groupId}/link-tokens`, { name: 't', expires_at });
  expect(made.status, made.text).toBe(200);
  const shown = await finance.extension('POST', `/worker-groups/${groupId}/link-tokens/${made.body.id}/reveal`);
  expect(shown.status, shown.text).toBe(200);
  return { id: made.body.id, text: shown.body.link_token };
}

describe('a worker group', () => {
  it.each(['PUT', 'POST'])('is made, read, renamed by %s and deleted', async (method) => {
    const id = await group('EU pool');
    expect((await finance.call('GET', `/worker-groups/${id}`)).body).toEqual({ id, name: 'EU pool' });
    expect((await finance.call(method, `/worker-groups/${id}`, { name: 'EU' })).body).toEqual({ id, name: 'EU' });
    expect((await finance.call('GET', '/worker-groups?limit=1000')).body.data).toContainEqual({ id, name: 'EU' });
    expect((await finance.call('DELETE', `/worker-groups/${id}`)).body).toEqual({ id, deleted: true });
    expect((await finance.call('GET', `/worker-groups/${id}`)).status).toBe(404);
    expect((await finance.call('DELETE', `/worker-groups/${id}`)).status).toBe(404);
  });

  it('is listed page by page', async () => {
    const paged = await testWorkspace(server, 'Paged');
    for (let i = 0; i < 3; i++) await group(`g${i}`, paged);
    const first = (await paged.call('GET', '/worker-groups?limit=2')).body;
    expect(first).toMatchObject({ has_more: true, data: [{ name: 'g0' }, { name: 'g1' }] });
    const rest = await fetch(first.next, { headers: { authorization: `RC-WSKEY ${paged.key}` } });
    expect(await rest.json()).toMatchObject({ has_more: false, next: null, data: [{ name: 'g2' }] });
  });

  it('needs a name', async () => {
    for (const body of [undefined, {}, { name: '' }, { name: null }, { name: [] }, { name: 'x'.repeat(256) }]) {
      expect((await finance.call('POST', '/worker-groups', body)).status).toBe(400);
    }
  });

  it('is there for its workspace only, with all that hangs on it', async () => {
    const id = await group('private');
    const { id: tokenId } = await token(id);
    const foreign = await worker('of Sales', other);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PUT', '', { name: 'x' }],
      ['DELETE', ''],
      ['PUT', '/workers', { worker: { id: foreign } }],
      ['DELETE', `/workers/${foreign}`],
      ['GET', '/link-tokens'],
      ['POST', '/link-tokens', { name: 'x', expires_at: null }],
      ['GET', `/link-tokens/${tokenId}`],
      ['PUT', `/link-tokens/${tokenId}`, { name: 'x' }],
      ['DELETE', `/link-tokens/${tokenId}`],
    ] as const) {
      const answer = await other.call(method, `/worker-groups/${id}${path}`, body);
      expect(answer.status, `${method} ${path} ${answer.text}`).toBe(404);
    }
    expect((await other.extension('POST', `/worker-groups/${id}/link-tokens/${tokenId}/reveal`)).status).toBe(404);
    for (const none of ['x', '0', randomUUID(), id.slice(0, -1), `${id}'`]) {
      expect((await finance.call('GET', `/worker-groups/${none}`)).status, none).toBe(404);
    }
  });

  it('is read and written by keys that may', async () => {
    const id = await group('guarded');
    const reader = await finance.keyWith('Workers.read_workers');
    const writer = await finance.keyWith('Workers.write_workers');
    expect((await reader.call('GET', `/worker-groups/${id}/link-tokens`)).status).toBe(200);
    expect((await writer.call('GET', `/worker-groups/${id}/link-tokens`)).status).toBe(403);
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', `/${id}`],
      ['DELETE', `/${id}`],
      ['PUT', `/${id}/workers`],
      ['POST', `/${id}/link-tokens`],
    ] as const) {
      expect((await reader.call(method, `/worker-groups${path}`, { name: 'x' })).status, path).toBe(403);
    }
  });

  it('is not deleted while something works with it', async () => {
    const id = await group('used');
    server.room.domain.fleet.groups.nameUsers(async ({ uuid }) => (uuid === id ? ['the process "Pay"'] : []));
    const answer = await finance.call('DELETE', `/worker-groups/${id}`);
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('the process "Pay"');
  });
});

describe('membership', () => {
  it.each(['PUT', 'POST'])('grows by %s: a worker is in any number of groups', async (method) => {
    const [one, two] = [await group('one'), await group('two')];
    const id = await worker('joiner');
    const first = await finance.call(method, `/worker-groups/${one}/workers`, { worker: { id } });
    expect(first.status, first.text).toBe(200);
    expect(first.body).toEqual({ worker: { id }, worker_groups: [{ id: one, name: 'one' }] });
    const second = await finance.call(method, `/worker-groups/${two}/workers`, { worker: { id: Number(id) } });
    expect(second.body.worker_groups.map((g: { id: string }) => g.id)).toEqual([one, two]);
    const again = await finance.call(method, `/worker-groups/${two}/workers`, { worker: { id } });
    expect(again.body).toEqual(second.body);
    const left = await finance.call('DELETE', `/worker-groups/${one}/workers/${id}`);
    expect(left.body).toEqual({ worker: { id }, worker_groups: [{ id: two, name: 'two' }] });
    expect((await finance.call('DELETE', `/worker-groups/${one}/workers/${id}`)).body).toEqual(left.body);
  });

  it('is known at once to whoever gives out work', async () => {
    const { workers, groups } = server.room.domain.fleet;
    const uuid = await group('known');
    const id = await worker('known one');
    expect(await workers.groupsOf(Number(id))).toEqual([]);
    await finance.call('PUT', `/worker-groups/${uuid}/workers`, { worker: { id } });
    const place = await workers.placeOf(Number(id));
    const found = await groups.find(place?.workspaceId ?? 0, uuid);
    expect(place?.groups).toEqual([{ id: found?.id, uuid }]);
    expect(await workers.groupsOf(Number(id))).toEqual([found?.id]);
    await finance.call('DELETE', `/worker-groups/${uuid}`);
    expect(await workers.groupsOf(Number(id))).toEqual([]);
  });

  it('is refused for a worker that there is not', async () => {
    const id = await group('lonely');
    for (const workerId of ['0', 'x', '9999999', await worker('foreign', other)]) {
      const answer = await finance.call('PUT', `/worker-groups/${id}/workers`, { worker: { id: workerId } });
      expect(answer.status, workerId).toBe(404);
    }
    for (const body of [undefined, {}, { worker: null }, { worker: {} }, { worker: { id: null } }, []]) {
      expect((await finance.call('PUT', `/worker-groups/${id}/workers`, body)).status).toBe(400);
    }
  });
});

describe('a link token of a group', () => {
  it('is never shown on this wire, and to owners by an extension call, which is recorded', async () => {
    const id = await group('tokens');
    const made = await finance.call('POST', `/worker-groups/${id}/link-tokens`, { name: 't', expires_at: null });
    expect(made.body).toEqual({ id: expect.any(String), name: 't', expires_at: null, worker_group: { id } });
    const path = `/worker-groups/${id}/link-tokens/${made.body.id}`;
    expect((await finance.call('GET', path)).body).toEqual(made.body);
    expect((await finance.call('GET', `/worker-groups/${id}/link-tokens`)).body).toEqual({
      next: null,
      has_more: false,
      data: [made.body],
    });
    const member = await server.user([]);
    await finance.extension('PUT', `/members/${member.id}`, { role: 'MEMBER' });
    expect((await finance.extension('POST', `${path}/reveal`, undefined, member.token)).status).toBe(403);
    const { link_token } = (await finance.extension('POST', `${path}/reveal`)).body;
    const dump = await server.database.database.all(
      sql`select (select json_agg(t) from worker_link_token t) as tokens, (select json_agg(a) from audit_entry a) as audit`,
    );
    expect(JSON.stringify(dump)).not.toContain(link_token);
    expect(JSON.stringify(dump)).toContain('workerLinkToken.reveal');
  });

  it('brings any number of workers into workspace and group', async () => {
    const id = await group('fleet');
    const { text } = await token(id);
    for (const name of ['a', 'b']) {
      const linked = await linkRunner(server, text, name);
      expect(linked.answer.status, linked.answer.text).toBe(201);
      const place = await server.room.domain.fleet.workers.placeOf(Number(linked.id));
      expect(place?.groups.map(({ uuid }) => uuid)).toEqual([id]);
      expect((await finance.call('GET', `/workers/${linked.id}`)).status).toBe(200);
    }
  });

  it('links until its end, which may be moved', async () => {
    const id = await group('ends');
    const { id: tokenId, text } = await token(id, Temporal.Now.instant().add({ minutes: 10 }).toString());
    await server.advance({ minutes: 11 });
    expect((await linkRunner(server, text, 'late')).answer.status).toBe(401);
    const path = `/worker-groups/${id}/link-tokens/${tokenId}`;
    expect((await finance.call('PUT', path, { expires_at: null })).body).toMatchObject({ name: 't', expires_at: null });
    expect((await linkRunner(server, text, 'in time')).answer.status).toBe(201);
    const ended = await finance.call('POST', path, { name: 'over', expires_at: '2020-01-01T00:00:00.5+01:00' });
    expect(ended.body).toMatchObject({ name: 'over', expires_at: '2019-12-31T23:00:00.500Z' });
    expect((await linkRunner(server, text, 'too late')).answer.status).toBe(401);
    expect((await finance.call('PUT', path, {})).body).toEqual(ended.body);
  });

  it('links nobody once it is deleted, or its group is', async () => {
    const id = await group('deleted');
    const [one, two] = [await token(id), await token(id)];
    const removed = await finance.call('DELETE', `/worker-groups/${id}/link-tokens/${one.id}`);
    expect(removed.body).toEqual({ id: one.id, deleted: true });
    expect((await linkRunner(server, one.text, 'x')).answer.status).toBe(401);
    expect((await finance.call('GET', `/worker-groups/${id}/link-tokens/${one.id}`)).status).toBe(404);
    await finance.call('DELETE', `/worker-groups/${id}`);
    expect((await linkRunner(server, two.text, 'x')).answer.status).toBe(401);
  });

  it.each([[{}], [{ name: 't' }], [{ name: 't', expires_at: 'x' }], [{ name: 't', expires_at: '2001-01-01' }]])(
    'is refused for the body %j',
    async (body) => {
      const id = await group('strict');
      expect((await finance.call('POST', `/worker-groups/${id}/link-tokens`, body)).status).toBe(400);
    },
  );
});
