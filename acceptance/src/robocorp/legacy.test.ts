import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallOptions, TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, startProcessEstate } from '../support/processes-by-hand.ts';

/** Contract robocorp §6.1: the Process API of before, in the forms of the clients that still call it. */
let estate: ProcessEstate;
let server: TestServer;
let { newProcess, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, newProcess, nextRobot, inState } = estate);
});
afterAll(() => server.stop());

const legacy = (method: string, path: string, options: CallOptions = {}) =>
  server.call(method, `/process-v1/workspaces/${estate.workspace.id}${path}`, {
    ...options,
    headers: { authorization: `RC-WSKEY ${estate.key}`, ...options.headers },
  });

async function ok(method: string, path: string, body?: unknown) {
  const answer = await legacy(method, path, { body });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

describe('a run of the old way', () => {
  it('begins with the whole body as one payload, is polled as IP, and ends as COMPL with its figures', async () => {
    const { id } = await newProcess();
    const run = await ok('POST', `/processes/${id}/runs`, { variables: { x: 1 } });
    expect(run).toEqual({ id: expect.any(String), workItemIds: [expect.any(String)] });
    const item = await ok('GET', `/processes/${id}/work-items/${run.workItemIds[0]}?includeData=true`);
    expect(item).toMatchObject({
      payload: { variables: { x: 1 } },
      files: [],
      processRunId: run.id,
      processRunNo: 1,
      workspaceId: estate.workspace.id,
    });
    expect(await ok('GET', `/processes/${id}/work-items/${run.workItemIds[0]}`)).not.toHaveProperty('payload');
    const robot = await nextRobot();
    expect(await ok('GET', `/processes/${id}/runs/${run.id}`)).toMatchObject({
      state: 'IP',
      result: null,
      errorCode: null,
      processId: id,
      runNo: 1,
      workItemStats: { totalCount: 1, failedCount: 0, succeededCount: 0 },
      robotRuns: [{ id: robot.id }],
    });
    await robot.release(run.workItemIds[0], 'COMPLETED');
    await robot.end();
    await inState(run.id, 'completed');
    expect(await ok('GET', `/processes/${id}/runs/${run.id}`)).toMatchObject({
      state: 'COMPL',
      result: 'success',
      workItemStats: { totalCount: 1, failedCount: 0, succeededCount: 1 },
    });
    expect((await ok('GET', `/processes/${id}/runs?limit=10`)).data).toMatchObject([{ id: run.id }]);
    expect((await ok('GET', '/pruns?limit=10'))[0]).toMatchObject({ id: run.id, state: 'COMPL' });
    expect(await ok('GET', '/pruns?state=IP')).toEqual([]);
    expect((await ok('GET', '/processes')).data).toContainEqual({ id, name: expect.any(String) });
  });

  it('takes a list as one payload, and each of its elements as one in a batch', async () => {
    const { id } = await newProcess();
    const one = await ok('POST', `/processes/${id}/runs`, [1, 2]);
    expect(one.workItemIds).toHaveLength(1);
    const batch = await ok('POST', `/processes/${id}/runs-batch`, [{ a: 1 }, { a: 2 }, null]);
    expect(batch.workItemIds).toHaveLength(3);
    expect((await legacy('POST', `/processes/${id}/runs-batch`, { body: { a: 1 } })).status).toBe(400);
    const none = await ok('POST', `/processes/${id}/runs`);
    expect((await ok('GET', `/processes/${id}/work-items/${none.workItemIds[0]}?includeData=true`)).payload).toBeNull();
  });

  it('begins by the key in the address', async () => {
    const { id } = await newProcess();
    const path = `/process-v1/workspaces/${estate.workspace.id}/processes/${id}/runs-qs-authorization?token=${estate.key}`;
    expect((await server.call('POST', path, { body: { a: 1 } })).body.workItemIds).toHaveLength(1);
  });

  it('begins as a request says: with what waits, with named items, or with nothing', async () => {
    const { id } = await newProcess();
    const first = await ok('POST', `/processes/${id}/work-items`, { payload: { n: 1 } });
    const second = (await legacy('POST', `/processes/${id}/work-items?bodyAsPayload=true`, { body: { n: 2 } })).body;
    expect((await ok('GET', `/processes/${id}/work-items?includeData=true`)).data).toMatchObject([
      { id: first.id, payload: { n: 1 }, state: 'NEW' },
      { id: second.id, payload: { n: 2 }, state: 'NEW' },
    ]);
    const named = await ok('POST', `/processes/${id}/run-request`, { type: 'workItemIds', workItemIds: [second.id] });
    expect(named.workItemIds).toEqual([second.id]);
    const waiting = await ok('POST', `/processes/${id}/run-request`, { type: 'storages', storages: ['input'] });
    expect(waiting.workItemIds).toEqual([first.id]);
    const nothing = await legacy('POST', `/processes/${id}/run-request`, {
      body: { type: 'storages', storages: ['input'] },
    });
    expect(nothing.status).toBe(409);
    expect(nothing.body).toEqual({ error: { code: 'CONFLICT', subCode: '', message: expect.any(String) } });
    expect((await ok('POST', `/processes/${id}/run-request`, { type: 'default' })).workItemIds).toHaveLength(1);
  });

  it('that failed is PENDING with its error, and its item is tried again', async () => {
    const { id } = await newProcess();
    const run = await ok('POST', `/processes/${id}/runs`, {});
    // Robots of the tests before are still to be had.
    for (;;) {
      const robot = await nextRobot();
      const mine = robot.environment.RC_PROCESS_RUN_ID === run.id;
      await robot.release(robot.environment.RC_WORKITEM_ID ?? '', 'FAILED', {
        type: 'BUSINESS',
        code: 'C1',
        message: 'bad',
      });
      await robot.end();
      if (mine) break;
    }
    await inState(run.id, 'unresolved');
    expect(await ok('GET', `/processes/${id}/runs/${run.id}`)).toMatchObject({ state: 'PENDING', result: 'error' });
    const path = `/processes/${id}/work-items/${run.workItemIds[0]}`;
    expect(await ok('GET', `${path}?includeData=true`)).toMatchObject({
      state: 'FAILED',
      exception: { type: 'BUSINESS', code: 'C1', message: 'bad' },
    });
    expect(await ok('POST', `${path}/retry`)).toEqual({ id: run.workItemIds[0] });
    expect((await ok('GET', path)).state).not.toBe('FAILED');
  });
});

describe('a robot run of the old way', () => {
  it('shows its events, messages and artifacts', async () => {
    const { id } = await newProcess();
    const run = await ok('POST', `/processes/${id}/runs`, {});
    let robot = await nextRobot();
    while (robot.environment.RC_PROCESS_RUN_ID !== run.id) {
      await robot.end();
      robot = await nextRobot();
    }
    await estate.runner.report({
      logs: [{ id: robot.id, number: 1, occurredOn: new Date().toISOString(), level: 'info', text: 'hello' }],
    });
    await fetch(`${server.url}/runner/v1/runs/${robot.id}/${robot.version}/artifacts/log.html`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${estate.runner.key}`, 'content-type': 'application/octet-stream' },
      body: '<p>log</p>',
    });
    await robot.end();
    const runs = `/processes/${id}/runs/${run.id}/robotRuns`;
    expect(await ok('GET', `${runs}?limit=5`)).toMatchObject([{ id: robot.id }]);
    expect(await ok('GET', `${runs}/${robot.id}`)).toMatchObject({ id: robot.id, result: 'success' });
    const events = await ok('GET', `${runs}/${robot.id}/events`);
    expect(events.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
      'CREATED',
      'ASSIGNED',
      'START',
      'END',
    ]);
    expect(await ok('GET', `${runs}/${robot.id}/messages`)).toMatchObject([{ seqNo: 1, message: 'hello' }]);
    const [artifact] = await ok('GET', `${runs}/${robot.id}/artifacts`);
    expect(artifact).toEqual({ id: expect.any(String), fileName: 'log.html', fileSIze: 10, fileSize: 10 });
    const url = await ok('GET', `${runs}/${robot.id}/artifacts/${artifact.id}/log.html`);
    expect((await server.call('GET', new URL(url).pathname)).text).toBe('<p>log</p>');
    expect((await legacy('GET', `/processes/${(await newProcess()).id}/runs/${run.id}/robotRuns`)).status).toBe(404);
  });
});

describe('a file of the old way', () => {
  it('is sent in two steps, the first without a Content-Type', async () => {
    const { id } = await newProcess();
    const item = await ok('POST', `/processes/${id}/work-items`, { payload: {} });
    const response = await fetch(
      `${server.url}/process-v1/workspaces/${estate.workspace.id}/processes/${id}/work-items/${item.id}/files/upload`,
      {
        method: 'POST',
        headers: { authorization: `RC-WSKEY ${estate.key}`, 'content-type': '' },
        body: Buffer.from('{"fileName":"a.txt","fileSize":2}'),
      },
    );
    const form = (await response.json()) as { url: string; fields: Record<string, string> };
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
    body.set('file', new Blob(['hi']), 'a.txt');
    expect((await fetch(form.url, { method: 'POST', body })).status).toBe(204);
    expect((await ok('GET', `/processes/${id}/work-items/${item.id}?includeData=true`)).files).toMatchObject([
      { name: 'a.txt', size: 2 },
    ]);
  });
});
