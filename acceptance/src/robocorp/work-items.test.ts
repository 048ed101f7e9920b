import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, startProcessEstate, type TestProcess } from '../support/processes-by-hand.ts';
import { makeWorkspace } from '../support/robocorp.ts';

/** Contract robocorp §4.7, §4.8: work items with their files, and what a step run shows. */
let estate: ProcessEstate;
let server: TestServer;
let process: TestProcess;
let { get, post, start, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, get, post, start, nextRobot, inState } = estate);
  process = await estate.newProcess();
});
afterAll(() => server.stop());

const newItem = (payload: unknown = null) => post('/work-items', { process: { id: process.id }, payload });

const call = (method: string, path: string, body?: unknown) =>
  estate.workspace.call(estate.key, method, path, { body });

async function sendForm({ url, form_data: fields }: { url: string; form_data: object }, content: string) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  form.set('file', new Blob([content]), 'sent.txt');
  return server.call('POST', new URL(url).pathname, { body: form });
}

describe('a file of a work item', () => {
  it('is sent in two steps, by either path, and is there with an address to fetch it from', async () => {
    const { id } = await newItem();
    const flat = await post(`/work-items/${id}/files/upload`, { file_name: 'a.txt', file_size: 5 });
    expect(flat).toEqual({ url: expect.any(String), form_data: expect.any(Object) });
    expect((await sendForm(flat, 'first')).status).toBe(204);
    const { upload } = await post(`/work-items/${id}/files`, { file_name: 'b.txt', file_size: '6' });
    expect((await sendForm(upload, 'second')).status).toBe(204);
    const { files } = await get(`/work-items/${id}`);
    expect(files).toMatchObject([
      { id: expect.any(String), name: 'a.txt', size: 5 },
      { id: expect.any(String), name: 'b.txt', size: 6 },
    ]);
    const fetched = await server.call('GET', new URL(files[1].download.url).pathname);
    expect(fetched.text).toBe('second');
    expect(fetched.headers.get('content-disposition')).toContain('b.txt');
  });

  it('of the same name takes the place of the one before', async () => {
    const { id } = await newItem();
    for (const content of ['old', 'newer']) {
      await sendForm(await post(`/work-items/${id}/files/upload`, { file_name: 'a', file_size: 1 }), content);
    }
    expect((await get(`/work-items/${id}`)).files).toMatchObject([{ name: 'a', size: 5 }]);
  });

  it.each([
    ['no name', { file_size: 1 }],
    ['a blank name', { file_name: ' ', file_size: 1 }],
    ['no size', { file_name: 'a' }],
    ['a size that is none', { file_name: 'a', file_size: -1 }],
  ])('is refused with %s', async (_what, body) => {
    const { id } = await newItem();
    expect((await call('POST', `/work-items/${id}/files/upload`, body)).status).toBe(400);
  });
});

describe('a payload', () => {
  it.each(['PUT', 'POST'])('is replaced by %s, with any JSON', async (method) => {
    const { id } = await newItem({ a: 1 });
    for (const payload of [[1], 'text', 0, false, null, { b: 2 }]) {
      const answer = await call(method, `/work-items/${id}/payload`, { payload });
      expect(answer.body).toEqual({ payload });
      expect((await get(`/work-items/${id}`)).payload).toEqual(payload);
    }
  });

  it('is not replaced while a robot has the item', async () => {
    const runId = await start(process, { type: 'with_payloads', payloads: [1] });
    const robot = await nextRobot();
    const id = robot.environment.RC_WORKITEM_ID;
    expect((await call('PUT', `/work-items/${id}/payload`, { payload: 2 })).status).toBe(409);
    await robot.end();
    await inState(runId, 'completed');
  });
});

describe('a batch', () => {
  it('deletes what nobody works on, and leaves alone what it cannot be done to', async () => {
    const [one, two] = [await newItem(), await newItem()];
    const body = { batch_operation: 'mark_as_done', work_item_ids: [one.id, 'none', '999999'] };
    expect(await post('/work-items/batch', body)).toEqual({ accepted: true });
    expect((await get(`/work-items/${one.id}`)).state).toBe('new');
    await post('/work-items/batch', { batch_operation: 'delete', work_item_ids: [one.id] });
    expect((await call('GET', `/work-items/${one.id}`)).status).toBe(404);
    expect((await get(`/work-items/${two.id}`)).state).toBe('new');
    expect((await call('POST', '/work-items/batch', { batch_operation: 'burn', work_item_ids: [] })).status).toBe(400);
  });
});

describe('a step run', () => {
  it('shows what its robot said, line by line, what befell it, and what it left', async () => {
    const runId = await start(process, { type: 'with_payloads', payloads: [1] });
    const robot = await nextRobot();
    const line = (number: number, text: string) => ({
      id: robot.id,
      number,
      occurredOn: '2026-01-02T03:04:05.678Z',
      level: 'info',
      text,
    });
    await estate.runner.report({ logs: [line(1, 'one'), line(2, 'two'), line(2, 'two'), line(3, 'three')] });
    await fetch(
      `${server.url}/runner/v1/runs/${robot.id}/${robot.version}/artifacts/${encodeURIComponent('a/log.html')}`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${estate.runner.key}` },
        body: '<p>',
      },
    );
    await robot.end();
    await inState(runId, 'completed');
    const path = `/step-runs/${robot.id}`;
    expect((await get(`${path}/console-messages`)).data).toEqual(
      ['one', 'two', 'three'].map((message) => ({ timestamp: '2026-01-02T03:04:05.678Z', message })),
    );
    const first = await get(`${path}/console-messages?limit=2`);
    expect(first.has_more).toBe(true);
    const second = await server.call('GET', first.next.replace(server.url, ''), {
      headers: { authorization: `RC-WSKEY ${estate.key}` },
    });
    expect(second.body.data).toMatchObject([{ message: 'three' }]);
    const events = (await get(`${path}/events`)).data;
    expect(events.map(({ event_type: type }: { event_type: string }) => type)).toEqual([
      'CREATED',
      'ASSIGNED',
      'START',
      'END',
    ]);
    const [artifact] = (await get(`${path}/artifacts`)).data;
    expect(artifact).toEqual({ id: expect.any(String), name: 'a/log.html', size: 3 });
    const { url, ...same } = await get(`${path}/artifacts/${artifact.id}`);
    expect(same).toEqual(artifact);
    expect((await server.call('GET', new URL(url).pathname)).text).toBe('<p>');
    expect((await call('GET', `${path}/artifacts/0`)).status).toBe(404);
    expect((await call('GET', '/step-runs/none/events')).status).toBe(404);
  });
});

describe('another workspace', () => {
  it('has none of it', async () => {
    const other = await makeWorkspace(server, 'Sales');
    const key = await other.key('Processes.read_work_items', 'Processes.read_processes', 'Processes.read_runs');
    const { id } = await newItem();
    for (const path of [`/work-items/${id}`, `/process-runs/${await start(process)}`])
      expect((await other.call(key, 'GET', path)).status, path).toBe(404);
    expect((await other.call(key, 'GET', `/work-items?process_id=${process.id}`)).body.data).toEqual([]);
    expect((await other.call(key, 'GET', '/processes')).body.data).toEqual([]);
  });
});
