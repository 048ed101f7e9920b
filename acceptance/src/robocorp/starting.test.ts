import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, startProcessEstate } from '../support/processes-by-hand.ts';

/** Contract robocorp §4.5, §4.8: the ways in which a run begins, is stopped and put away. */
let estate: ProcessEstate;
let server: TestServer;
let { get, post, start, newProcess, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, get, post, start, newProcess, nextRobot, inState } = estate);
});
afterAll(() => server.stop());

const itemsOf = async (runId: string) => (await get(`/work-items?process_run_id=${runId}`)).data;
const stopAll = (runId: string) =>
  post(`/process-runs/${runId}/stop`, {
    set_remaining_work_items_as_done: true,
    terminate_ongoing_activity_runs: true,
  });

describe('a run begins', () => {
  it.each([
    ['no body', undefined],
    ['null', 'null'],
    ['an empty object', {}],
    ['no more than what is unknown', { anything: 1 }],
  ])('with one empty item for %s', async (_what, body) => {
    const process = await newProcess();
    const runId = await start(process, body);
    const [item, ...more] = await itemsOf(runId);
    expect(more).toEqual([]);
    expect(await get(`/work-items/${item.id}`)).toMatchObject({ payload: null, files: [], exception: null });
    await stopAll(runId);
  });

  it('with the process’s own payload where it has one', async () => {
    const process = await newProcess();
    await estate.workspace.extension('PUT', `/processes/${process.id}`, { body: { defaultPayload: { month: 'May' } } });
    const runId = await start(process);
    const [item] = await itemsOf(runId);
    expect((await get(`/work-items/${item.id}`)).payload).toEqual({ month: 'May' });
    await stopAll(runId);
  });

  it('with one item for each payload, whatever JSON it is', async () => {
    const process = await newProcess();
    const payloads = [{ a: 1 }, [1, 2], 'text', 3, true, null];
    const runId = await start(process, { type: 'with_payloads', payloads });
    const items = await itemsOf(runId);
    const found = await Promise.all(
      items.map(async ({ id }: { id: string }) => (await get(`/work-items/${id}`)).payload),
    );
    expect(found).toEqual(payloads);
    await stopAll(runId);
  });

  it('with what waits in the input of the process, and not at all when nothing does', async () => {
    const process = await newProcess();
    expect(await post(`/processes/${process.id}/process-runs`, { type: 'with_inputs' })).toEqual({ started: false });
    const item = await post('/work-items', { process: { id: process.id }, payload: { n: 1 } });
    expect(item).toMatchObject({ state: 'new', process_run: null, step_run: null, payload: { n: 1 } });
    const started = await post(`/processes/${process.id}/process-runs`, { type: 'with_inputs' });
    expect(started).toEqual({ started: true, id: expect.any(String) });
    expect(await itemsOf(started.id)).toMatchObject([{ id: item.id, process_run: { id: started.id } }]);
    await stopAll(started.id);
  });

  it('with named items, and not when one of them does not wait', async () => {
    const process = await newProcess();
    const [one, two] = [
      await post('/work-items', { process: { id: process.id }, payload: 1 }),
      await post('/work-items', { process: { id: process.id }, payload: 2 }),
    ];
    // Ids come as numbers too: an old client documents them so.
    const runId = await start(process, { type: 'with_work_item_ids', work_item_ids: [Number(two.id)] });
    expect(await itemsOf(runId)).toMatchObject([{ id: two.id }]);
    const again = await estate.workspace.call(estate.key, 'POST', `/processes/${process.id}/process-runs`, {
      body: { type: 'with_work_item_ids', work_item_ids: [one.id, two.id] },
    });
    expect(again.status).toBe(409);
    expect((await get(`/work-items/${one.id}`)).state).toBe('new');
    await stopAll(runId);
  });

  it('with the key in the address, and the whole body as its payload', async () => {
    const process = await newProcess();
    const path = `/api/v1/workspaces/${estate.workspace.id}/processes/${process.id}/process-runs-integrations`;
    const answer = await server.call('POST', `${path}?token=${estate.key}`, { body: '[1,{"any":"json"}]' });
    expect(answer.body).toEqual({ started: true, id: expect.any(String) });
    const [item] = await itemsOf(answer.body.id);
    expect((await get(`/work-items/${item.id}`)).payload).toEqual([1, { any: 'json' }]);
    expect((await server.call('POST', `${path}?token=wrong`, { body: '1' })).status).toBe(403);
    expect((await server.call('POST', path, { body: '1' })).status).toBe(403);
    await stopAll(answer.body.id);
  });

  it('not by the handshake of Asana, which is answered with its own header', async () => {
    const process = await newProcess();
    const path = `/api/v1/workspaces/${estate.workspace.id}/processes/${process.id}/process-runs-integrations`;
    const query = `?token=${estate.key}&with_handshake=asana`;
    const shake = await server.call('POST', path + query, {
      headers: { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' },
    });
    expect(shake.status).toBe(200);
    expect(shake.headers.get('x-hook-secret')).toBe('b537207f20cbfa02357cf448134da559');
    expect((await get(`/process-runs?process_id=${process.id}`)).data).toEqual([]);
    const event = await server.call('POST', path + query, { body: { events: [] } });
    expect(event.body.started).toBe(true);
    await stopAll(event.body.id);
  });

  it.each([
    ['payloads that are no list', { type: 'with_payloads', payloads: 'x' }],
    ['no payloads', { type: 'with_payloads' }],
    ['none in the list', { type: 'with_payloads', payloads: [] }],
    ['an unknown type', { type: 'with_magic' }],
    ['a callback without an address', { callback: { secret: 's', callback_events: ['started'] } }],
    ['a callback to no web address', { callback: { url: 'ftp://x', secret: 's', callback_events: ['started'] } }],
  ])('not with %s', async (_what, body) => {
    const process = await newProcess();
    const answer = await estate.workspace.call(estate.key, 'POST', `/processes/${process.id}/process-runs`, { body });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    expect((await get(`/process-runs?process_id=${process.id}`)).data).toEqual([]);
  });
});

describe('a run is stopped', () => {
  it('and what waits is done; the robot at work ends its own item and gets no other', async () => {
    const process = await newProcess();
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2, 3] });
    const robot = await nextRobot();
    const mine = robot.environment.RC_WORKITEM_ID ?? '';
    await robot.data();
    const stop = {
      set_remaining_work_items_as_done: true,
      terminate_ongoing_activity_runs: false,
      reason: 'month end',
    };
    expect(await post(`/process-runs/${runId}/stop`, stop)).toEqual({ accepted: true });
    expect((await get(`/process-runs/${runId}`)).state).toBe('stopping');
    await robot.release(mine, 'COMPLETED');
    await inState(runId, 'stopping');
    expect(await robot.reserve()).toBeNull();
    await robot.end();
    await inState(runId, 'completed');
    expect((await itemsOf(runId)).map(({ state }: { state: string }) => state)).toEqual(['done', 'done', 'done']);
    expect(await post(`/process-runs/${runId}/stop`, stop)).toEqual({ accepted: false });
  });

  it('and what waits has failed and can be tried again; robots are told to stop', async () => {
    const process = await newProcess();
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2] });
    const robot = await nextRobot();
    await robot.data();
    await post(`/process-runs/${runId}/stop`, {
      set_remaining_work_items_as_done: false,
      terminate_ongoing_activity_runs: true,
      reason: 'month end',
    });
    const { commands } = (await estate.runner.take(5)).body;
    expect(commands).toEqual([{ id: robot.id, version: robot.version, command: 'STOP' }]);
    await robot.end('RUN_ABORTED');
    await inState(runId, 'unresolved');
    const items = await itemsOf(runId);
    expect(items).toMatchObject([
      { state: 'failed', exception: { type: 'orchestrator', code: 'RUN_ABORTED' } },
      { state: 'failed', exception: { type: 'orchestrator', code: 'RUN_STOPPED', message: 'month end' } },
    ]);
    await post('/work-items/batch', {
      batch_operation: 'retry',
      work_item_ids: items.map(({ id }: { id: string }) => id),
    });
    const again = await nextRobot();
    await again.release(again.environment.RC_WORKITEM_ID ?? '', 'COMPLETED');
    await again.release((await again.reserve()) ?? '', 'COMPLETED');
    await again.end();
    await inState(runId, 'completed');
  });
});

describe('a run is deleted', () => {
  it('when it has ended, with its items, and not before', async () => {
    const process = await newProcess();
    const runId = await start(process);
    const [item] = await itemsOf(runId);
    const remove = () => estate.workspace.call(estate.key, 'DELETE', `/process-runs/${runId}`);
    expect((await remove()).status).toBe(409);
    await stopAll(runId);
    await inState(runId, 'completed');
    expect((await remove()).body).toEqual({ id: runId, deleted: true });
    expect((await remove()).status).toBe(404);
    expect((await estate.workspace.call(estate.key, 'GET', `/work-items/${item.id}`)).status).toBe(404);
  });
});

describe('lists', () => {
  it('are read page by page by following next, in every form', async () => {
    const process = await newProcess();
    const runs: string[] = [];
    for (let i = 0; i < 5; i++) runs.unshift(await start(process, { type: 'with_payloads', payloads: [i] }));
    for (const path of [
      `/process-runs?process_id=${process.id}&limit=2`,
      `/processes/${process.id}/process-runs?limit=2`,
    ]) {
      const found: string[] = [];
      let at: string | null = `/api/v1/workspaces/${estate.workspace.id}${path}`;
      while (at !== null) {
        const answer = await server.call('GET', at.replace(server.url, ''), {
          headers: { authorization: `RC-WSKEY ${estate.key}` },
        });
        expect(answer.body.has_more).toBe(answer.body.next !== null);
        found.push(...answer.body.data.map(({ id }: { id: string }) => id));
        at = answer.body.next;
        if (at !== null) expect(at.startsWith(`${server.url}/api/v1/`)).toBe(true);
      }
      expect(found).toEqual(runs);
    }
    expect((await get(`/process-runs?process_id=${process.id}&state=completed`)).data).toEqual([]);
    expect((await get(`/process-runs?process_id=${process.id}&limit=0`)).data).toHaveLength(5);
    const wrong = await estate.workspace.call(estate.key, 'GET', '/process-runs?state=flying');
    expect(wrong.status).toBe(400);
    for (const id of runs) await stopAll(id);
  });

  it('of items are the same, nested or flat', async () => {
    const process = await newProcess();
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2] });
    await post('/work-items', { process: { id: process.id }, payload: 3 });
    const ofRun = await get(`/work-items?process_run_id=${runId}`);
    expect(ofRun.data[0]).not.toHaveProperty('payload');
    expect((await get(`/process-runs/${runId}/work-items`)).data).toEqual(ofRun.data);
    const ofProcess = await get(`/work-items?process_id=${process.id}`);
    expect(ofProcess.data).toHaveLength(3);
    expect((await get(`/processes/${process.id}/work-items`)).data).toEqual(ofProcess.data);
    expect((await get(`/processes/${process.id}/work-items?state=new`)).data).toHaveLength(1);
    expect((await get(`/processes/${process.id}/work-items?state=pending`)).data).toHaveLength(2);
    expect((await get(`/process-runs/${runId}/step-runs`)).data).toEqual(
      (await get(`/step-runs?process_run_id=${runId}`)).data,
    );
    expect((await estate.workspace.call(estate.key, 'GET', '/step-runs')).status).toBe(400);
    await stopAll(runId);
  });
});
