import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { linkRunner } from '../support/integrator.ts';
import { type ProcessEstate, startProcessEstate } from '../support/processes-by-hand.ts';
import type { TestWorkspace } from '../support/robocorp.ts';
import { runnerByHand } from '../support/runner-by-hand.ts';

const SECRET = 's3cr3t of the provider';

let estate: ProcessEstate;
let server: TestServer;
let workspace: TestWorkspace;
let provisioner: Awaited<ReturnType<typeof openProvisioner>>;

/** An estate for each: time is moved further than it could be in one. */
beforeEach(async () => {
  estate = await startProcessEstate({ SIGNALBOX_OUTGOING_ALLOW: 'loopback' });
  ({ server, workspace } = estate);
  provisioner = await openProvisioner();
});
afterEach(async () => {
  expect(provisioner.problems).toEqual([]);
  provisioner.close();
  await server.stop();
});

interface Received {
  readonly type: string;
  readonly workspaceId: string;
  readonly runtimeId: string;
  readonly runtimeLinkToken: string;
  readonly maxLifetimeSeconds?: number;
}

/** Who makes workers: checks every signature as contract robocorp §10.1 says, and answers what the test wants, else 200. */
async function openProvisioner() {
  const received: Received[] = [];
  const answers: number[] = [];
  const problems: string[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const digest = (text: string) => createHash('sha256').update(text).digest('base64');
      const names = String(request.headers['x-rc-signed-headers']);
      const timestamp = String(request.headers['x-rc-timestamp']);
      const [path, query = ''] = (request.url ?? '').split('?');
      const lines = names.split(';').map((name) => `${name}:${request.headers[name]}`);
      const canonical = [request.method, path, query, ...lines, names, digest(body)].join('\n');
      const expected = createHmac('sha256', SECRET)
        .update(['sha256', timestamp, digest(canonical)].join('\n'))
        .digest('hex');
      if (expected !== request.headers['x-rc-signature']) problems.push(`wrong signature of ${body}`);
      if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 900) problems.push(`time ${timestamp}`);
      received.push(JSON.parse(body));
      response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' });
      response.end('{"version":1,"status":"OK"}');
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`,
    received,
    answers,
    problems,
    of: (type: string) => received.filter((message) => message.type === type),
    close: () => {
      http.close();
      http.closeAllConnections();
    },
  };
}

async function newGroup(more: object = {}): Promise<{ id: string; number: number }> {
  const { id } = await estate.post('/worker-groups', { name: 'on demand' });
  const set = await workspace.extension('PUT', `/worker-groups/${id}/provider`, {
    body: { url: provisioner.url, secret: SECRET, mostWorkers: 2, ...more },
  });
  expect(set.status, set.text).toBe(200);
  const row = await server.database.database.first(sql<{ id: number }>`select id from worker_group where uuid = ${id}`);
  return { id, number: row?.id ?? 0 };
}

const needed = (group: { number: number }, count: number) =>
  server.room.domain.fleet.onDemand.needed(group.number, count);
const provider = async (group: { id: string }) =>
  (await workspace.extension('GET', `/worker-groups/${group.id}/provider`)).body;
const told = (type: string, count: number) =>
  vi.waitFor(() => expect(provisioner.of(type)).toHaveLength(count), { timeout: 8_000, interval: 50 });
const become = (group: { id: string }, ...statuses: string[]) =>
  vi.waitFor(
    async () => {
      const { workers } = await provider(group);
      expect(workers.map(({ status }: { status: string }) => status).sort()).toEqual(statuses.toSorted());
    },
    { timeout: 8_000, interval: 50 },
  );

describe('a provider of workers', () => {
  it('is set by owners, shown without its address and its secret, and changed without telling the secret again', async () => {
    const group = await newGroup({ url: `${provisioner.url}?key=hidden`, idleSeconds: 60, maxLifetimeSeconds: 3600 });
    const shown = await provider(group);
    expect(shown).toEqual({
      origin: new URL(provisioner.url).origin,
      mostWorkers: 2,
      idleSeconds: 60,
      maxLifetimeSeconds: 3600,
      workers: [],
      deliveries: [],
    });
    const dump = await server.database.database.all(
      sql`select (select json_agg(p) from worker_provider p) as p, (select json_agg(a) from audit_entry a) as a`,
    );
    expect(JSON.stringify(dump)).not.toContain('hidden');
    expect(JSON.stringify(dump)).not.toContain(SECRET);
    const path = `/worker-groups/${group.id}/provider`;
    const changed = await workspace.extension('PUT', path, { body: { url: provisioner.url, mostWorkers: 0 } });
    expect(changed.body).toMatchObject({ mostWorkers: 0, maxLifetimeSeconds: null });
    const member = await server.user([]);
    await workspace.extension('PUT', `/members/${member.id}`, { body: { role: 'MEMBER' } });
    const as = { token: member.token };
    expect((await workspace.extension('GET', path, as)).status).toBe(200);
    expect((await workspace.extension('PUT', path, { ...as, body: { url: 'http://x', mostWorkers: 1 } })).status).toBe(
      403,
    );
    expect((await workspace.extension('POST', `${path}/test`, as)).status).toBe(403);
    expect((await workspace.extension('DELETE', path)).status).toBe(204);
    expect((await workspace.extension('GET', path)).status).toBe(404);
    expect((await workspace.extension('POST', `${path}/test`)).status).toBe(404);
  });

  it('is refused where something of it cannot be', async () => {
    const { id } = await estate.post('/worker-groups', { name: 'x' });
    const good = { url: 'http://x', secret: 's', mostWorkers: 1 };
    for (const changes of [
      { url: 'ftp://x' },
      { url: undefined },
      { secret: undefined },
      { secret: '' },
      { mostWorkers: undefined },
      { mostWorkers: -1 },
      { idleSeconds: 1 },
      { maxLifetimeSeconds: 1 },
    ]) {
      const answer = await workspace.extension('PUT', `/worker-groups/${id}/provider`, {
        body: { ...good, ...changes },
      });
      expect(answer.status, JSON.stringify(changes)).toBe(400);
    }
  });

  it('is tested with a status message, whose answer is in the log', async () => {
    const group = await newGroup();
    const test = await workspace.extension('POST', `/worker-groups/${group.id}/provider/test`);
    expect(test.status).toBe(202);
    await told('status', 1);
    expect(provisioner.received).toEqual([{ type: 'status' }]);
    await vi.waitFor(async () => {
      const [delivery] = (await provider(group)).deliveries;
      expect(delivery).toMatchObject({ kind: 'worker.status', status: 'DELIVERED', attempts: 1, lastStatus: 200 });
    });
  });

  it.each([400, 403])('that answers %i is not asked again', async (status) => {
    const group = await newGroup();
    provisioner.answers.push(status);
    await workspace.extension('POST', `/worker-groups/${group.id}/provider/test`);
    await vi.waitFor(async () => {
      const [delivery] = (await provider(group)).deliveries;
      expect(delivery).toMatchObject({ status: 'GIVEN_UP', attempts: 1, lastStatus: status });
    });
    expect(provisioner.received).toHaveLength(1);
  });

  it('that answers 500 is asked again, with the time of the new attempt', async () => {
    const group = await newGroup();
    provisioner.answers.push(500);
    await workspace.extension('POST', `/worker-groups/${group.id}/provider/test`);
    await vi.waitFor(async () =>
      expect((await provider(group)).deliveries[0]).toMatchObject({ status: 'PENDING', lastStatus: 500 }),
    );
    await server.advance({ minutes: 1 });
    await told('status', 2);
  });
});

describe('workers on demand', () => {
  it('are asked for as many as work waits for, once, up to the limit', async () => {
    const group = await newGroup({ mostWorkers: 3, maxLifetimeSeconds: 7200 });
    expect(await needed(group, 2)).toBe(2);
    expect(await needed(group, 2)).toBe(0);
    const both = await Promise.all([needed(group, 10), needed(group, 10)]);
    expect(both.sort()).toEqual([0, 1]);
    await told('start', 3);
    for (const message of provisioner.received) {
      expect(message).toEqual({
        type: 'start',
        workspaceId: workspace.id,
        runtimeId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        runtimeLinkToken: expect.any(String),
        maxLifetimeSeconds: 7200,
      });
    }
    expect(new Set(provisioner.received.map(({ runtimeId }) => runtimeId)).size).toBe(3);
    const dump = await server.database.database.all(
      sql`select (select json_agg(m) from outbox_message m) as m, (select json_agg(t) from worker_link_token t) as t`,
    );
    for (const { runtimeLinkToken } of provisioner.received)
      expect(JSON.stringify(dump)).not.toContain(runtimeLinkToken);
    expect(await needed({ number: 0 }, 5)).toBe(0);
  });

  it('link once with the token of the message, into the group, and are known by their runtime id', async () => {
    const group = await newGroup();
    await needed(group, 1);
    await told('start', 1);
    const [message] = provisioner.of('start');
    const linked = await linkRunner(server, message?.runtimeLinkToken ?? '', 'vm');
    expect(linked.answer.status).toBe(201);
    expect((await linkRunner(server, message?.runtimeLinkToken ?? '', 'vm')).answer.status).toBe(401);
    const { workers } = await provider(group);
    expect(workers).toEqual([
      {
        runtimeId: message?.runtimeId,
        workerId: linked.id,
        status: 'WORKING',
        reason: '',
        createdOn: expect.any(String),
        stoppedOn: null,
      },
    ]);
    const place = await server.room.domain.fleet.workers.placeOf(Number(linked.id));
    expect(place?.groups.map(({ uuid }) => uuid)).toEqual([group.id]);
  });

  it('are stopped and gone when they had nothing to do for a while', async () => {
    const group = await newGroup({ idleSeconds: 60 });
    await needed(group, 1);
    await told('start', 1);
    const [message] = provisioner.of('start');
    const linked = await linkRunner(server, message?.runtimeLinkToken ?? '', 'idle');
    await linked.connect();
    await vi.waitFor(async () => {
      const row = await server.database.database.first(
        sql`select 1 from on_demand_worker where runtime_id = ${message?.runtimeId} and idle_since is not null`,
      );
      expect(row).toBeDefined();
    });
    await server.advance({ seconds: 50 });
    expect(provisioner.of('stop')).toEqual([]);
    await server.advance({ seconds: 11 });
    await become(group, 'DRAINING');
    // Between the two, work that was given in the same moment would be seen.
    await server.advance({ seconds: 2 });
    await told('stop', 1);
    expect(provisioner.of('stop')).toEqual([
      { type: 'stop', workspaceId: workspace.id, runtimeId: message?.runtimeId },
    ]);
    const [gone] = (await provider(group)).workers;
    expect(gone).toMatchObject({ status: 'STOPPED', workerId: null, reason: 'It had nothing to do.' });
    expect((await workspace.call(estate.key, 'GET', `/workers/${linked.id}`)).status).toBe(404);
    await expect(linked.connect()).rejects.toThrow('UM1110');
  });

  it('are not waited for longer than a quarter of an hour', async () => {
    const group = await newGroup();
    await needed(group, 1);
    await told('start', 1);
    const [message] = provisioner.of('start');
    await server.advance({ minutes: 16 });
    await told('stop', 1);
    expect((await provider(group)).workers[0]).toMatchObject({ status: 'STOPPED', reason: 'It never came.' });
    expect((await linkRunner(server, message?.runtimeLinkToken ?? '', 'late')).answer.status).toBe(401);
    expect(await needed(group, 1)).toBe(1);
  });

  it('end what they have when their lifetime is over, and are stopped then, or when that takes too long', async () => {
    const group = await newGroup({ maxLifetimeSeconds: 600 });
    await needed(group, 2);
    await told('start', 2);
    const sessions = [];
    for (const { runtimeLinkToken } of provisioner.of('start')) {
      const linked = await linkRunner(server, runtimeLinkToken, 'old');
      sessions.push({ id: linked.id, run: await giveWork(linked.id, await linked.connect()) });
    }
    await server.advance({ seconds: 601 });
    await become(group, 'DRAINING', 'DRAINING');
    await server.database.database.all(
      sql`update run set status = 'COMPLETED', lease_id = null where id = ${sessions[0]?.run}`,
    );
    await server.advance({ seconds: 2 });
    await told('stop', 1);
    await become(group, 'DRAINING', 'STOPPED');
    await server.advance({ seconds: 300 });
    await told('stop', 2);
    await become(group, 'STOPPED', 'STOPPED');
  });

  it('keep their group and their provider from being deleted', async () => {
    const group = await newGroup();
    await needed(group, 1);
    const path = `/worker-groups/${group.id}`;
    expect((await workspace.extension('DELETE', `${path}/provider`)).status).toBe(409);
    const refused = await workspace.call(estate.key, 'DELETE', path);
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain('1 workers that were made on demand');
    await server.advance({ minutes: 16 });
    await become(group, 'STOPPED');
    expect((await workspace.extension('DELETE', `${path}/provider`)).status).toBe(204);
    expect((await workspace.call(estate.key, 'DELETE', path)).status).toBe(200);
  });
});

/** A run under a lease of its session that does not run out. */
async function giveWork(deviceId: string, sessionId: string): Promise<string> {
  const id = randomUUID();
  await server.database.database.all(sql`with held as (
      insert into lease (subject, holder, length, expires_on)
      values ('runs', ${`device:${deviceId}:${sessionId}`}, interval '1 day', present() + interval '1 day') returning id)
    insert into run (id, kind, status, file_id, file_path, user_id, created_by, device_id, lease_id)
    select ${id}::uuid, 'UNATTENDED', 'RUNNING', 1, 'x', 1, 1, ${Number(deviceId)}, id from held`);
  return id;
}

describe('a process whose step runs in a group with a provider', () => {
  it('brings workers into being, which work and are gone afterwards', async () => {
    const group = await newGroup({ idleSeconds: 30 });
    const process = await estate.newProcess([{ workerGroupId: group.id, maxParallel: undefined }]);
    const runId = await estate.start(process, { type: 'with_payloads', payloads: [1, 2, 3] });
    await told('start', 2);
    expect((await workspace.call(estate.key, 'DELETE', `/worker-groups/${group.id}`)).body.error.message).toContain(
      'the process "process',
    );
    const robots = [];
    for (const { runtimeLinkToken } of provisioner.of('start')) {
      robots.push(await estate.nextRobot(await runnerByHand(server, 1, runtimeLinkToken)));
    }
    for (const robot of robots) {
      let itemId: string | null = robot.environment.RC_WORKITEM_ID ?? '';
      while (itemId) {
        const released = await robot.release(itemId, 'COMPLETED');
        expect(released.status, released.text).toBe(200);
        itemId = await robot.reserve();
      }
      await robot.end();
    }
    await estate.inState(runId, 'completed');
    await vi.waitFor(
      async () => {
        await server.advance({ seconds: 20 });
        expect(provisioner.of('stop')).toHaveLength(2);
      },
      { timeout: 15_000, interval: 400 },
    );
    expect((await workspace.call(estate.key, 'GET', '/workers')).body.data).toHaveLength(1);
  });
});
