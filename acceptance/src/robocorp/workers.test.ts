import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { firstWorkspace, linkRunner, type TestWorkspace, testWorkspace } from '../support/integrator.ts';
import { runnerByHand } from '../support/runner-by-hand.ts';

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

async function linkToken(workspace: TestWorkspace): Promise<string> {
  const made = await workspace.call('POST', '/workers/link-tokens', { expires_at: inAnHour() });
  expect(made.status, made.text).toBe(200);
  return made.body.link_token;
}

const worker = async (workspace: TestWorkspace, hostName: string) =>
  linkRunner(server, await linkToken(workspace), hostName);

const stateOf = async (id: string, workspace = finance) => (await workspace.call('GET', `/workers/${id}`)).body.state;

/** What a runner has that was given work: a lease of its session, and a run under it. */
async function giveWork(deviceId: string, sessionId: string): Promise<void> {
  await server.database.database.all(sql`with held as (
      insert into lease (subject, holder, length, expires_on)
      values ('runs', ${`device:${deviceId}:${sessionId}`}, interval '1 hour', present() + interval '1 hour') returning id)
    insert into run (id, kind, status, file_id, file_path, user_id, created_by, device_id, lease_id)
    select gen_random_uuid(), 'UNATTENDED', 'RUNNING', 1, 'x', 1, 1, ${Number(deviceId)}, id from held`);
}

describe('a link token of a worker', () => {
  it('is shown once with its end, and brings one worker into its workspace', async () => {
    const expires = inAnHour();
    const made = await finance.call('POST', '/workers/link-tokens', { expires_at: expires });
    expect(made.body).toEqual({
      id: expect.any(String),
      expires_at: expect.any(String),
      link_token: expect.any(String),
    });
    expect(Temporal.Instant.from(made.body.expires_at).epochMilliseconds).toBe(
      Temporal.Instant.from(expires).epochMilliseconds,
    );
    const linked = await linkRunner(server, made.body.link_token, 'vm-1');
    expect(linked.answer.status).toBe(201);
    const seen = await finance.call('GET', `/workers/${linked.id}`);
    expect(seen.body).toEqual({ id: linked.id, name: 'vm-1', state: 'offline' });
    expect((await linkRunner(server, made.body.link_token, 'vm-2')).answer.status).toBe(401);
  });

  it('links one of two runners that come with it at once', async () => {
    const token = await linkToken(finance);
    const came = await Promise.all(['a', 'b', 'c'].map((name) => linkRunner(server, token, name)));
    expect(came.map(({ answer }) => answer.status).sort()).toEqual([201, 401, 401]);
  });

  it('is worth nothing after its end', async () => {
    const made = await finance.call('POST', '/workers/link-tokens', {
      expires_at: Temporal.Now.instant().add({ seconds: 30 }).toString(),
    });
    await server.advance({ seconds: 31 });
    expect((await linkRunner(server, made.body.link_token, 'late')).answer.status).toBe(401);
  });

  it.each([[{}], [{ expires_at: null }], [{ expires_at: 'soon' }], [{ expires_at: '2001-01-01T00:00:00Z' }]])(
    'is refused for the body %j',
    async (body) => {
      const answer = await finance.call('POST', '/workers/link-tokens', body);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toEqual({ code: 'REQUEST_INVALID', message: expect.any(String) });
    },
  );

  it('stands as a hash in the database', async () => {
    const token = await linkToken(finance);
    const rows = await server.database.database.all(sql`select * from worker_link_token`);
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe('a worker', () => {
  it('is offline, idle or busy as its runner is', async () => {
    const linked = await worker(finance, 'stately');
    expect(await stateOf(linked.id)).toBe('offline');
    const sessionId = await linked.connect();
    expect(await stateOf(linked.id)).toBe('idle');
    await giveWork(linked.id, sessionId);
    expect(await stateOf(linked.id)).toBe('busy');
    await server.advance({ seconds: 31 });
    expect(await stateOf(linked.id)).toBe('offline');
  });

  it.each(['PUT', 'POST'])('is renamed by %s, for both vocabularies of its device', async (method) => {
    const linked = await worker(finance, 'unnamed');
    const answer = await finance.call(method, `/workers/${linked.id}`, { name: ` vm ${method} ` });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ id: linked.id, name: `vm ${method}`, state: 'offline' });
    expect((await finance.call('GET', `/workers/${linked.id}`)).body.name).toBe(`vm ${method}`);
    for (const body of [{}, { name: '' }, { name: ' ' }, { name: 'x'.repeat(256) }, undefined]) {
      expect((await finance.call(method, `/workers/${linked.id}`, body)).status).toBe(400);
    }
  });

  it('is deleted, and its key opens nothing from then on', async () => {
    const linked = await worker(finance, 'gone');
    await linked.connect();
    expect((await finance.call('DELETE', `/workers/${linked.id}`)).body).toEqual({ id: linked.id, deleted: true });
    expect((await finance.call('GET', `/workers/${linked.id}`)).status).toBe(404);
    await expect(linked.connect()).rejects.toThrow('UM1110');
  });

  it('is not deleted while it holds work', async () => {
    const linked = await worker(finance, 'working');
    await giveWork(linked.id, await linked.connect());
    const answer = await finance.call('DELETE', `/workers/${linked.id}`);
    expect(answer.status).toBe(409);
    expect(answer.body.error.code).toBe('CONFLICT');
    expect(await stateOf(linked.id)).toBe('busy');
  });

  it('is not deleted while something is bound to it', async () => {
    const linked = await worker(finance, 'bound');
    server.room.domain.fleet.workers.nameUsers(async (id) => (String(id) === linked.id ? ['the process "Pay"'] : []));
    const answer = await finance.call('DELETE', `/workers/${linked.id}`);
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('the process "Pay"');
  });

  it('is there for its workspace only', async () => {
    const linked = await worker(finance, 'private');
    for (const [method, body] of [['GET'], ['PUT', { name: 'mine' }], ['DELETE']] as const) {
      expect((await other.call(method, `/workers/${linked.id}`, body)).status).toBe(404);
    }
    for (const id of ['0', '-1', '999999999999999999999', 'x', '1.5', '%20', '%2F']) {
      expect((await finance.call('GET', `/workers/${id}`)).status, id).toBe(404);
    }
    const { data } = (await other.call('GET', '/workers?limit=500')).body;
    expect(data.map(({ id }: { id: string }) => id)).not.toContain(linked.id);
  });

  it('is read and written by keys that may', async () => {
    const linked = await worker(finance, 'guarded');
    const reader = await finance.keyWith('Workers.read_workers');
    const writer = await finance.keyWith('Workers.write_workers');
    expect((await reader.call('GET', `/workers/${linked.id}`)).status).toBe(200);
    expect((await reader.call('PUT', `/workers/${linked.id}`, { name: 'x' })).status).toBe(403);
    expect((await reader.call('POST', '/workers/link-tokens', { expires_at: inAnHour() })).status).toBe(403);
    expect((await writer.call('GET', '/workers')).status).toBe(403);
    expect((await writer.call('PUT', `/workers/${linked.id}`, { name: 'x' })).status).toBe(200);
  });
});

describe('people without a key', () => {
  it('link workers as owners, and see them with their machines and groups as members', async () => {
    const member = await server.user([]);
    await finance.extension('PUT', `/members/${member.id}`, { role: 'MEMBER' });
    const made = await finance.extension('POST', '/workers/link-tokens', { minutes: 5 });
    expect(made.status, made.text).toBe(201);
    expect((await finance.extension('POST', '/workers/link-tokens', {}, member.token)).status).toBe(403);
    const linked = await linkRunner(server, made.body.token, 'by people');
    const { id: groupId } = (await finance.call('POST', '/worker-groups', { name: 'EU' })).body;
    await finance.call('PUT', `/worker-groups/${groupId}/workers`, { worker: { id: linked.id } });
    const { list } = (await finance.extension('GET', '/workers', undefined, member.token)).body;
    expect(list).toContainEqual({
      id: linked.id,
      name: 'by people',
      state: 'offline',
      hostName: 'by people',
      os: 'linux',
      agentVersion: '1',
      capacity: 1,
      groups: [{ id: groupId, name: 'EU' }],
      runtimeId: null,
    });
    const late = await finance.extension('POST', '/workers/link-tokens');
    expect(
      Temporal.Instant.from(late.body.expiresOn).since(Temporal.Instant.from(made.body.expiresOn)).total('minutes'),
    ).toBeCloseTo(55, 0);
  });
});

describe('the list of workers', () => {
  it('is followed page by page, by whole addresses on the origin of the client (§12 no. 7)', async () => {
    const paged = await testWorkspace(server, 'Paged');
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await worker(paged, `p${i}`)).id);
    const seen: string[] = [];
    let url = `${server.url}/api/v1/workspaces/${paged.id}/workers?limit=2`;
    for (let pages = 0; url !== ''; pages++) {
      expect(pages).toBeLessThan(4);
      const answer = await fetch(url, { headers: { authorization: `RC-WSKEY ${paged.key}` } });
      const { next, has_more, data } = (await answer.json()) as {
        next: string | null;
        has_more: boolean;
        data: { id: string }[];
      };
      expect(has_more).toBe(next !== null);
      seen.push(...data.map(({ id }) => id));
      if (next !== null) expect(next.startsWith(`${server.url}/api/v1/workspaces/${paged.id}/workers?`)).toBe(true);
      url = next ?? '';
    }
    expect(seen).toEqual(ids);
  });

  it('refuses a place that it has not given out', async () => {
    const cursor = Buffer.from('x').toString('base64url');
    expect((await finance.call('GET', `/workers?cursor=${cursor}`)).status).toBe(400);
  });
});

describe('one estate', () => {
  it('shows the devices of Automation Anywhere’s wire as workers of the first workspace', async () => {
    const first = await firstWorkspace(server);
    const device = await runnerByHand(server);
    const { data } = (await first.call('GET', '/workers?limit=500')).body;
    expect(data).toContainEqual({ id: device.deviceId, name: device.hostName, state: 'idle' });
  });

  it('keeps devices of other workspaces out of Automation Anywhere’s lists, pools, defaults and deployments', async () => {
    const here = await runnerByHand(server);
    const linked = await worker(finance, 'elsewhere');
    await linked.connect();
    const as = (body?: unknown) => ({ token: server.admin, body });

    const list = await server.call('POST', '/v2/devices/list', as({ page: { length: 1000 } }));
    const ids = list.body.list.map(({ id }: { id: string }) => id);
    expect(ids).toContain(here.deviceId);
    expect(ids).not.toContain(linked.id);

    const pool = await server.call(
      'POST',
      '/v2/devices/pools',
      as({ name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5', deviceIds: [linked.id] }),
    );
    expect(pool.status).toBe(400);
    expect(pool.text).toContain(linked.id);
    const standard = await server.call(
      'POST',
      '/v1/devices/runasusers/default',
      as({ deviceId: linked.id, userId: 1 }),
    );
    expect(standard.status).toBeGreaterThanOrEqual(400);
    const file = await server.call(
      'POST',
      '/v2/repository/files',
      as({ name: 'bot', contentType: 'application/vnd.aa.taskbot', parentFolderId: '2' }),
    );
    const deployed = await server.call(
      'POST',
      '/v2/automations/deploy',
      as({ fileId: file.body.id, deviceIds: [linked.id] }),
    );
    expect(deployed.status).toBe(404);
    for (const [method, path] of [
      ['GET', `/v2/devices/${linked.id}`],
      ['POST', `/v2/devices/${linked.id}/drain`],
      ['DELETE', `/v2/devices/${linked.id}`],
      ['GET', `/signalbox/v1/explain/devices/${linked.id}`],
    ] as const) {
      expect((await server.call(method, path, as(method === 'POST' ? {} : undefined))).status, path).toBe(404);
    }
    const reset = await server.call('POST', '/v2/devices/reset', as({ deviceIds: { ids: [linked.id] } }));
    expect(reset.status).toBe(404);
    expect(await stateOf(linked.id)).toBe('idle');
  });

  it('chooses no device of another workspace for a user who names none', async () => {
    const linked = await worker(other, 'of Sales');
    await linked.connect();
    await server.database.database.all(sql`delete from device where workspace_id = 1`);
    const file = await server.call('POST', '/v2/repository/files', {
      token: server.admin,
      body: { name: 'bot 2', contentType: 'application/vnd.aa.taskbot', parentFolderId: '2' },
    });
    const deployed = await server.call('POST', '/v2/automations/deploy', {
      token: server.admin,
      body: { fileId: file.body.id },
    });
    expect(deployed.text).toContain('has no device');
  });
});

describe('sloppy clients', () => {
  it('may send DELETE with a JSON Content-Type and no body (§12 no. 1)', async () => {
    const linked = await worker(finance, 'sloppy');
    const answer = await fetch(`${server.url}/v1/workspaces/${finance.id}/workers/${linked.id}`, {
      method: 'DELETE',
      headers: { authorization: `RC-WSKEY ${finance.key}`, 'content-type': 'application/json' },
      body: '',
    });
    expect(answer.status).toBe(200);
  });

  it('may leave the Content-Type out and add a slash (§12 no. 2 and 4)', async () => {
    const linked = await worker(finance, 'untyped');
    const answer = await server.call('PUT', `/api/v1/workspaces/${finance.id}/workers/${linked.id}/`, {
      headers: { authorization: `RC-WSKEY ${finance.key}`, 'content-type': 'text/plain' },
      body: '{"NAME": 7, "more": true}',
    });
    expect(answer.body.name).toBe('7');
  });
});
