import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ProcessRunEvent } from '../../../apps/control-room/src/domain/webhooks/index.ts';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { makePackage, makeProcess } from '../support/processes-by-hand.ts';
import { makeWorkspace, type TestWorkspace } from '../support/robocorp.ts';

let server: TestServer;
let workspace: TestWorkspace;
let other: TestWorkspace;
let key: string;
let workspaceId: number;
let runKey: string;
let invoices: string;
let orders: string;

const READ = 'Webhooks.read_webhooks';
const WRITE = 'Webhooks.write_webhooks';

beforeAll(async () => {
  server = await startTestServer({ SIGNALBOX_OUTGOING_ALLOW: 'loopback' });
  workspace = await makeWorkspace(server, 'Finance');
  other = await makeWorkspace(server, 'Sales');
  key = await workspace.key(READ, WRITE);
  workspaceId = (await server.room.domain.workspaces.find(workspace.id))?.id ?? 0;
  runKey = await workspace.key('Processes.trigger_processes', 'Tasks.write_task_packages');
  const robot = await makePackage(server, workspace, runKey);
  invoices = (await makeProcess(workspace, robot, 'Invoices')).id;
  orders = (await makeProcess(workspace, robot, 'Orders')).id;
});
afterAll(() => server.stop());

const webhooks = () => server.room.domain.webhooks;
const call = (method: string, path: string, body?: unknown) => workspace.call(key, method, path, { body });

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // Deliveries are what the test asserts about.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** A receiver that answers with these statuses one after the other, then with 200. */
async function receiver(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, text, body: JSON.parse(text) });
      response.writeHead(statuses[received.length - 1] ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listening.close();
    listening.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/rc?key=k`, received };
}

async function subscribe(endpoint: string, events: string[], process = invoices) {
  const answer = await call('POST', '/webhooks', { endpoint, enabled_events: events, process: { id: process } });
  expect(answer.status, answer.text).toBe(200);
  onTestFinished(async () => {
    await call('DELETE', `/webhooks/${answer.body.id}`);
  });
  return answer.body;
}

const eventOf = (action: ProcessRunEvent['action'], more: Partial<ProcessRunEvent> = {}): ProcessRunEvent => ({
  workspaceId,
  workspaceUuid: workspace.id,
  processId: invoices,
  processRunId: randomUUID(),
  action,
  duration: action === 'started' ? null : 12,
  processRun: { id: 'r1', state: 'completed' },
  ...more,
});

const tell = (...events: ProcessRunEvent[]) =>
  server.room.kernel.database.transaction(async (tx) => {
    for (const event of events) await webhooks().tell(tx, event);
  });

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

describe('a webhook', () => {
  it('is made with a secret of the server, shown without it in the list and with it by itself', async () => {
    const made = await subscribe('https://me.example/rc?key=k', ['process_run.completed', 'process_run.unresolved']);
    expect(made).toEqual({
      id: expect.any(String),
      process: { id: invoices },
      enabled_events: ['process_run.completed', 'process_run.unresolved'],
      secret: expect.stringMatching(/^\S{40,}$/),
      endpoint: 'https://me.example/rc?key=k',
    });
    const { secret, ...shown } = made;
    expect((await call('GET', '/webhooks')).body).toEqual({ next: null, has_more: false, data: [shown] });
    expect((await call('GET', `/webhooks/${made.id}`)).body).toEqual(made);
    const dump = JSON.stringify(await server.database.database.all(sql`select * from webhook`));
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain('key=k');
  });

  it('leaves in the record that its secret was shown', async () => {
    const { id } = await subscribe('https://me.example/', ['process_run.started']);
    await call('GET', `/webhooks/${id}`);
    const rows = await server.database.database.all(
      sql<{ action: string }>`select action from audit_entry where subject_id = ${id} order by id`,
    );
    expect(rows.map(({ action }) => action)).toEqual(['webhook.create', 'webhook.reveal']);
  });

  it.each<[string, (good: Record<string, unknown>) => unknown]>([
    ['an address of another kind', (good) => ({ ...good, endpoint: 'ftp://me.example' })],
    ['no address', (good) => ({ ...good, endpoint: 'nowhere' })],
    ['a long one', (good) => ({ ...good, endpoint: `https://me.example/${'x'.repeat(3_000)}` })],
    ['no events', (good) => ({ ...good, enabled_events: [] })],
    ['an unknown event', (good) => ({ ...good, enabled_events: ['process_run.flown'] })],
    ['a process that is none', (good) => ({ ...good, process: { id: 'none' } })],
    ['a process that is not there', (good) => ({ ...good, process: { id: randomUUID() } })],
    ['null for the process', (good) => ({ ...good, process: null })],
    ['no process', (good) => ({ ...good, process: undefined })],
    ['nothing', () => ({})],
    ['a list', () => '[]'],
  ])('is refused with 400 for %s', async (_what, spoil) => {
    const good = { endpoint: 'https://me.example', enabled_events: ['process_run.started'], process: { id: invoices } };
    expect((await call('POST', '/webhooks', spoil(good))).status).toBe(400);
  });

  it('is not made for a process of another workspace', async () => {
    const elsewhere = await other.call(await other.key(WRITE), 'POST', '/webhooks', {
      body: { endpoint: 'https://me.example', enabled_events: ['process_run.started'], process: { id: invoices } },
    });
    expect(elsewhere.status).toBe(400);
  });

  it('is there for keys of its workspace that may', async () => {
    const { id } = await subscribe('https://me.example/', ['process_run.started']);
    const reader = await workspace.key(READ);
    const writer = await workspace.key(WRITE);
    const stranger = await other.key(READ, WRITE);
    expect((await workspace.call(writer, 'GET', '/webhooks')).status).toBe(403);
    expect((await workspace.call(reader, 'DELETE', `/webhooks/${id}`)).status).toBe(403);
    expect((await workspace.call(stranger, 'GET', `/webhooks/${id}`)).status).toBe(403);
    expect((await other.call(stranger, 'GET', `/webhooks/${id}`)).status).toBe(404);
    expect((await other.call(stranger, 'DELETE', `/webhooks/${id}`)).status).toBe(404);
    expect((await other.call(stranger, 'GET', '/webhooks')).body.data).toEqual([]);
    for (const none of ['none', randomUUID(), '%00']) {
      expect([400, 404]).toContain((await call('GET', `/webhooks/${none}`)).status);
    }
    expect((await call('DELETE', `/webhooks/${id}`)).body).toEqual({ id, deleted: true });
    expect((await call('DELETE', `/webhooks/${id}`)).status).toBe(404);
  });

  it('pitfall 7: is listed in pages that go on at a whole address', async () => {
    for (let i = 0; i < 3; i++) await subscribe(`https://me.example/${i}`, ['process_run.started']);
    const first = (await call('GET', '/webhooks?limit=2')).body;
    expect(first).toMatchObject({
      has_more: true,
      next: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1\//),
    });
    const rest = await server.call('GET', first.next.slice(server.url.length), {
      headers: { authorization: `RC-WSKEY ${key}` },
    });
    expect(rest.body).toMatchObject({ has_more: false, next: null, data: [{ endpoint: 'https://me.example/2' }] });
  });
});

describe('a delivery', () => {
  it('is signed over its body and holds what readers of either age look for', async () => {
    const { url, received } = await receiver();
    const { secret } = await subscribe(url, ['process_run.completed']);
    const event = eventOf('completed');
    await tell(event);
    await until(() => expect(received).toHaveLength(1));
    const [{ headers, text, body } = { headers: {}, text: '', body: {} }] = received;
    expect(headers['x-rc-signature']).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    expect(headers['content-type']).toBe('application/json');
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(body).toEqual({
      id: expect.any(String),
      webhookEventTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'process_run',
      action: 'completed',
      payload: {
        workspaceId: workspace.id,
        processId: invoices,
        processRunId: event.processRunId,
        state: 'COMPL',
        duration: 12,
        result: 'success',
        errorCode: null,
      },
      process_run: { id: 'r1', state: 'completed' },
      sequence: 1,
    });
    expect(headers['x-signalbox-sequence']).toBe('1');
  });

  it('goes to those who want this event of this process, and to those who want it of all', async () => {
    const [mine, others, all] = [await receiver(), await receiver(), await receiver()];
    await subscribe(mine.url, ['process_run.started', 'process_run.unresolved']);
    await subscribe(others.url, ['process_run.started'], orders);
    const made = await workspace.extension('POST', '/webhooks', {
      body: { endpoint: all.url, events: ['Process_Run.Started', 'process_run.unresolved', 'robot_run_event'] },
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ processId: null, secret: expect.any(String) });
    expect((await call('GET', `/webhooks/${made.body.id}`)).body.process).toBeNull();
    await tell(eventOf('started'), eventOf('unresolved', { errorCode: 'E1' }), eventOf('completed'));
    await until(() => expect([mine.received.length, all.received.length]).toEqual([2, 2]));
    expect(mine.received.map(({ body }) => body.payload.state).sort()).toEqual(['IP', 'PENDING']);
    const started = mine.received.find(({ body }) => body.action === 'started')?.body;
    expect(started.payload).not.toHaveProperty('result');
    const unresolved = all.received.find(({ body }) => body.action === 'unresolved')?.body;
    expect(unresolved.payload).toMatchObject({ result: 'error', errorCode: 'E1' });
    expect(others.received).toHaveLength(0);
    await workspace.extension('DELETE', `/webhooks/${made.body.id}`);
  });

  it('tells of the runs of robots whoever subscribed to them', async () => {
    const { url, received } = await receiver();
    await subscribe(url, ['robot_run_event']);
    const facts = { processId: invoices, processRunId: 'r1', robotRunId: 'rr1', seqNo: 3, data: null };
    await server.room.kernel.database.transaction((tx) =>
      webhooks().tellRobotRun(tx, {
        ...facts,
        workspaceId,
        workspaceUuid: workspace.id,
        eventType: 'END',
        timeStamp: Temporal.Instant.from('2026-01-02T03:04:05Z'),
      }),
    );
    await until(() => expect(received).toHaveLength(1));
    expect(received[0]?.body).toMatchObject({
      event: 'robot_run_event',
      action: 'END',
      payload: { ...facts, workspaceId: workspace.id, eventType: 'END', timeStamp: '2026-01-02T03:04:05.000Z' },
    });
  });

  it('goes to the callback of one run under its own secret, for the events that it named', async () => {
    const { url, received } = await receiver();
    const callback = { url, secret: 's', events: ['completed', 'unresolved'] };
    await tell(eventOf('started', { callback }), eventOf('completed', { callback }));
    await until(() => expect(received).toHaveLength(1));
    const [{ headers, text, body } = { headers: {}, text: '', body: {} }] = received;
    expect(headers['x-rc-signature']).toBe(createHmac('sha256', 's').update(text).digest('hex'));
    expect(body).toMatchObject({ event: 'process_run', action: 'completed' });
    expect(body).not.toHaveProperty('sequence');
  });

  it('is told of what has happened, and of nothing that came to nothing', async () => {
    const { url, received } = await receiver();
    await subscribe(url, ['process_run.completed']);
    await server.room.kernel.database
      .transaction(async (tx) => {
        await webhooks().tell(tx, eventOf('completed'));
        throw new Error('given up');
      })
      .catch(() => {});
    await tell(eventOf('completed'));
    await until(() => expect(received).toHaveLength(1));
    expect(received[0]?.body.sequence).toBe(1);
  });

  it('comes again under the same id and number until the receiver takes it', async () => {
    const { url, received } = await receiver(500);
    await subscribe(url, ['process_run.completed']);
    await tell(eventOf('completed'));
    await until(() => expect(received).toHaveLength(2));
    expect(received[1]?.text).toBe(received[0]?.text);
    expect(received[1]?.headers['x-rc-signature']).toBe(received[0]?.headers['x-rc-signature']);
  });

  it('ends with its webhook', async () => {
    const { url, received } = await receiver(...Array.from({ length: 20 }, () => 500));
    const { id } = await subscribe(url, ['process_run.completed']);
    await tell(eventOf('completed'));
    await until(() => expect(received.length).toBeGreaterThan(0));
    await call('DELETE', `/webhooks/${id}`);
    const rows = await server.database.database.all(
      sql<{ status: string }>`select status from outbox_message where subject_id = ${id}`,
    );
    expect(rows).toEqual([{ status: 'GIVEN_UP' }]);
  });
});

describe('a run of a process', () => {
  it('is told when it begins and ends, to those who subscribed and to whom its start named', async () => {
    const [subscribed, called] = [await receiver(), await receiver()];
    await subscribe(subscribed.url, ['process_run.started', 'process_run.completed', 'process_run.unresolved']);
    const callback = { url: called.url, secret: 's3', callback_events: ['started'] };
    const started = await workspace.call(runKey, 'POST', `/processes/${invoices}/process-runs`, {
      body: { type: 'with_payloads', payloads: [{ n: 1 }], callback },
    });
    expect(started.status, started.text).toBe(200);
    await until(() => expect([subscribed.received.length, called.received.length]).toEqual([1, 1]));
    expect(subscribed.received[0]?.body).toMatchObject({
      event: 'process_run',
      action: 'started',
      payload: { workspaceId: workspace.id, processId: invoices, processRunId: started.body.id, state: 'IP' },
      process_run: { id: started.body.id, process: { id: invoices, name: 'Invoices' }, ended_at: null },
    });
    const stopped = await workspace.call(runKey, 'POST', `/process-runs/${started.body.id}/stop`, {
      body: { set_remaining_work_items_as_done: true, terminate_ongoing_activity_runs: true },
    });
    expect(stopped.status, stopped.text).toBe(200);
    await until(() => expect(subscribed.received).toHaveLength(2));
    expect(subscribed.received[1]?.body).toMatchObject({ action: 'completed', sequence: 2 });
    expect(subscribed.received[1]?.body.process_run.ended_at).toEqual(expect.any(String));
    expect(called.received).toHaveLength(1);
  });
});

describe('the numbers of a webhook', () => {
  it('have no holes, however many write at once and give up in between', async () => {
    const { url, received } = await receiver();
    const { id } = await subscribe(url, ['process_run.completed']);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        server.room.kernel.database
          .transaction(async (tx) => {
            await webhooks().tell(tx, eventOf('completed'));
            if (i % 3 === 0) throw new Error('given up');
          })
          .catch(() => {}),
      ),
    );
    await until(() => expect(received).toHaveLength(40));
    const numbers = received.map(({ body }) => body.sequence).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(received.every(({ headers, body }) => headers['x-signalbox-sequence'] === String(body.sequence))).toBe(true);
    const { list } = (await workspace.extension('GET', '/webhooks')).body;
    expect(list.find((one: { id: string }) => one.id === id).standing).toMatchObject({ lastSequence: 40 });
  });

  it('let a receiver ask for what it missed, from a number on or of a time', async () => {
    const { url, received } = await receiver();
    const { id } = await subscribe(url, ['process_run.completed']);
    for (let i = 0; i < 4; i++) await tell(eventOf('completed'));
    await until(() => expect(received).toHaveLength(4));
    await until(async () => {
      const { list } = (await workspace.extension('GET', '/webhooks')).body;
      expect(list.find((one: { id: string }) => one.id === id).standing.pending).toBe(0);
    });
    const replay = (body: object) => workspace.extension('POST', `/webhooks/${id}/replay`, { body });
    expect((await replay({ fromSequence: 3 })).body).toEqual({ replayed: 2 });
    await until(() => expect(received).toHaveLength(6));
    expect(new Set(received.slice(4).map(({ body }) => body.sequence))).toEqual(new Set([3, 4]));
    expect(new Set(received.map(({ body }) => body.id)).size).toBe(4);
    expect((await replay({ from: '2100-01-01' })).body).toEqual({ replayed: 0 });
    for (const body of [{}, { fromSequence: 0 }, { from: 'x' }]) expect((await replay(body)).status).toBe(400);
  });
});

describe('who keeps a workspace', () => {
  it('sees what a webhook was told with every attempt, and that it fails; it is never switched off', async () => {
    const { url, received } = await receiver(500, 500);
    const { id } = await subscribe(url, ['process_run.completed']);
    const member = await server.user([], `member ${id}`);
    const as = (method: string, path: string, body?: object) =>
      workspace.extension(method, path, { token: member.token, body });
    expect((await as('GET', '/webhooks')).status).toBe(404);
    await workspace.extension('PUT', `/members/${member.id}`, { body: { role: 'MEMBER' } });
    await tell(eventOf('completed'));
    const standing = async () =>
      (await as('GET', '/webhooks')).body.list.find((one: { id: string }) => one.id === id).standing;
    await until(async () =>
      expect(await standing()).toMatchObject({ failing: true, pending: 1, problem: 'The receiver answered 500.' }),
    );
    await until(() => expect(received).toHaveLength(2));
    await server.database.advance({ seconds: 10 });
    await until(async () =>
      expect(await standing()).toMatchObject({ failing: false, pending: 0, lastDeliveredOn: expect.any(String) }),
    );
    const log = await as('POST', `/webhooks/${id}/deliveries/list`, {});
    expect(log.body.list).toHaveLength(1);
    expect(log.body.list[0]).toMatchObject({ kind: 'process_run.completed', sequence: 1, status: 'DELIVERED' });
    expect(log.body.list[0].log.map(({ httpStatus }: { httpStatus: number }) => httpStatus)).toEqual([500, 500, 200]);
    // The same deliveries are among all that he may see.
    const all = await server.call('POST', '/signalbox/v1/deliveries/list', { token: member.token, body: {} });
    expect(all.body.list.map(({ subjectId }: { subjectId: string }) => subjectId)).toContain(id);
    const stranger = await server.user([], `stranger ${id}`);
    const none = await server.call('POST', '/signalbox/v1/deliveries/list', { token: stranger.token, body: {} });
    expect(none.body.list).toEqual([]);
  });

  it('sends a test, which is counted like the rest', async () => {
    const { url, received } = await receiver();
    const { id, secret } = await subscribe(url, ['process_run.completed']);
    expect((await workspace.extension('POST', `/webhooks/${id}/test`)).status).toBe(204);
    await until(() => expect(received).toHaveLength(1));
    const [{ headers, text, body } = { headers: {}, text: '', body: {} }] = received;
    expect(body).toMatchObject({
      id: expect.any(String),
      webhookEventTimestamp: expect.any(String),
      payload: { workspaceId: workspace.id },
      sequence: 1,
    });
    expect(headers['x-rc-signature']).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    expect((await workspace.extension('POST', '/webhooks/none/test')).status).toBe(404);
    expect((await other.extension('POST', `/webhooks/${id}/test`)).status).toBe(404);
  });
});
