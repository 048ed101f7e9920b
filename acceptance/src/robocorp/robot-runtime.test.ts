import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, type RobotByHand, startProcessEstate, startRobot } from '../support/processes-by-hand.ts';

/** Contract robocorp §8.3: what a running robot calls, in the order and the forms of the vendor's library. */
let estate: ProcessEstate;
let server: TestServer;
let { get, post, start, newProcess, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, get, post, start, newProcess, nextRobot, inState } = estate);
});
afterAll(() => server.stop());

const inputOf = (robot: RobotByHand): string => robot.environment.RC_WORKITEM_ID ?? '';
const dataPath = (itemId: string): string => `/json-v1/workspaces/${estate.workspace.id}/workitems/${itemId}/data`;
const filesPath = (itemId: string): string => `/json-v1/workspaces/${estate.workspace.id}/workitems/${itemId}/files`;

async function robotWith(payloads: readonly unknown[], steps?: readonly object[]) {
  const process = await newProcess(steps);
  const runId = await start(process, { type: 'with_payloads', payloads });
  return { process, runId, robot: await nextRobot() };
}

/** Sends a file to a form as the vendor's library does: the fields first, the file last, no credential. */
async function sendForm(form: { url: string; fields: object }, content: string): Promise<number> {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
  body.set('unknown', 'x');
  body.set('file', new Blob([content]), 'a.txt');
  return (await server.call('POST', new URL(form.url).pathname, { body })).status;
}

describe('data of an item', () => {
  it.each([
    ['an object', '{"a":[1,null]}'],
    ['a list', '[1,"b"]'],
    ['a text', '"plain"'],
    ['a number', '3'],
    ['true', 'true'],
    ['null', 'null'],
  ])('are kept and read as they are: %s', async (_what, json) => {
    const { robot } = await robotWith([{}]);
    const put = await robot.call('PUT', dataPath(inputOf(robot)), { body: json });
    expect(put.status).toBe(200);
    expect((await robot.data()).text).toBe(json);
    await robot.release(inputOf(robot), 'COMPLETED');
    await robot.end();
  });

  it('are null when nothing came, which is how a None arrives', async () => {
    const { robot } = await robotWith([{ a: 1 }]);
    expect((await robot.call('PUT', dataPath(inputOf(robot)))).status).toBe(200);
    expect((await robot.data()).text).toBe('null');
    await robot.end('RUN_FAILED');
  });

  it('are out of reach for the robot of another run', async () => {
    const one = await robotWith([1]);
    const other = await robotWith([2]);
    expect((await one.robot.data(inputOf(other.robot))).status).toBe(404);
    expect((await one.robot.release(inputOf(other.robot), 'COMPLETED')).status).toBe(404);
    await one.robot.end('RUN_FAILED');
    await other.robot.end('RUN_FAILED');
  });
});

describe('files of an item', () => {
  it('are sent in two steps, listed, fetched without a credential, and deleted', async () => {
    const { robot } = await robotWith([{}]);
    const item = inputOf(robot);
    expect((await robot.call('GET', filesPath(item))).body).toEqual([]);
    const form = await robot.call('POST', filesPath(item), { body: { fileName: 'a.txt', fileSize: 5 } });
    expect(form.status).toBe(201);
    expect(await sendForm(form.body, 'hello')).toBe(204);
    const [file] = (await robot.call('GET', filesPath(item))).body;
    expect(file).toEqual({ fileId: expect.any(String), fileName: 'a.txt' });
    const { url } = (await robot.call('GET', `${filesPath(item)}/${file.fileId}`)).body;
    const fetched = await server.call('GET', new URL(url).pathname);
    expect(fetched.text).toBe('hello');
    expect(fetched.headers.get('content-disposition')).toContain('a.txt');
    expect((await get(`/work-items/${item}`)).files).toMatchObject([{ name: 'a.txt', size: 5 }]);
    expect((await robot.call('DELETE', `${filesPath(item)}/${file.fileId}`)).status).toBe(200);
    expect((await robot.call('GET', filesPath(item))).body).toEqual([]);
    await robot.release(item, 'COMPLETED');
    await robot.end();
  });
});

describe('reserving and releasing', () => {
  it('answers the same item again as long as it was not looked at, and refuses another one after that', async () => {
    const { robot } = await robotWith([1, 2]);
    expect(await robot.reserve()).toBe(inputOf(robot));
    expect(await robot.reserve()).toBe(inputOf(robot));
    await robot.data();
    const { RC_PROCESS_ID, RC_PROCESS_RUN_ID, RC_ACTIVITY_RUN_ID } = robot.environment;
    const path = `/process-v1/workspaces/${estate.workspace.id}/processes/${RC_PROCESS_ID}/runs/${RC_PROCESS_RUN_ID}/robotRuns/${RC_ACTIVITY_RUN_ID}`;
    expect((await robot.call('POST', `${path}/reserve-next-work-item`)).status).toBe(409);
    await robot.release(inputOf(robot), 'COMPLETED');
    await robot.release((await robot.reserve()) ?? '', 'COMPLETED');
    await robot.end();
  });

  it('may be said twice: a release whose answer was lost', async () => {
    const { robot, runId } = await robotWith([1]);
    expect((await robot.release(inputOf(robot), 'COMPLETED')).status).toBe(200);
    expect((await robot.release(inputOf(robot), 'COMPLETED')).status).toBe(200);
    expect((await robot.release(inputOf(robot), 'FAILED')).status).toBe(409);
    await robot.end();
    await inState(runId, 'completed');
  });

  it('keeps the type, code and message of an exception', async () => {
    const { robot, runId } = await robotWith([1]);
    await robot.release(inputOf(robot), 'FAILED', { type: 'BUSINESS', code: 'C1', message: 'bad' });
    expect((await get(`/work-items/${inputOf(robot)}`)).exception).toEqual({
      type: 'business',
      code: 'C1',
      message: 'bad',
    });
    await robot.end();
    await inState(runId, 'unresolved');
  });

  it('tries an item again by the rule of its step when the robot failed, and not when its data did', async () => {
    const { robot, runId } = await robotWith([1, 2], [{ retries: 1 }]);
    const one = inputOf(robot);
    await robot.output(one, 'of the first attempt');
    await robot.release(one, 'FAILED', { type: 'APPLICATION', message: 'try later' });
    expect((await get(`/work-items/${one}`)).state).toBe('pending');
    const two = (await robot.reserve()) ?? '';
    await robot.release(two, 'FAILED', { type: 'BUSINESS' });
    expect((await get(`/work-items/${two}`)).state).toBe('failed');
    expect(await robot.reserve()).toBe(one);
    await robot.output(one, 'of the second');
    await robot.release(one, 'COMPLETED');
    await robot.end();
    await inState(runId, 'unresolved');
    const outputs = (await get(`/process-runs/${runId}/outputs`)).data;
    expect(outputs.map(({ payload }: { payload: unknown }) => payload)).toEqual(['of the second']);
  });

  it('makes outputs only out of an item that the robot has', async () => {
    const { robot } = await robotWith([1]);
    await robot.release(inputOf(robot), 'COMPLETED');
    await expect(robot.output(inputOf(robot), 'x')).rejects.toThrow(/does not have work item/);
    await robot.end();
  });
});

describe('the end of a robot', () => {
  it('with exit code 0 settles an item that it never asked for', async () => {
    const { robot, runId } = await robotWith([1]);
    await robot.end();
    await inState(runId, 'completed');
    expect((await get(`/work-items/${inputOf(robot)}`)).state).toBe('done');
  });

  it('fails an item that it took and did not release, and drops what came out of it', async () => {
    const { robot, runId } = await robotWith([1]);
    await robot.data();
    await robot.output(inputOf(robot), 'half done');
    await robot.end();
    await inState(runId, 'unresolved');
    expect((await get(`/work-items/${inputOf(robot)}`)).exception).toMatchObject({
      type: 'orchestrator',
      code: 'NOT_RELEASED',
    });
    expect((await get(`/process-runs/${runId}/outputs`)).data).toEqual([]);
  });

  it.each([
    ['RUN_FAILED', 'ROBOT_FAILED'],
    ['RUN_TIMED_OUT', 'TIMEOUT'],
    ['RUN_ABORTED', 'STOPPED'],
  ])('as %s fails its item and says why', async (status, code) => {
    const { robot, runId } = await robotWith([1]);
    await robot.end(status);
    await inState(runId, 'unresolved');
    expect((await get(`/step-runs/${robot.id}`)).error).toEqual({ code });
    expect((await get(`/work-items/${inputOf(robot)}`)).exception.type).toBe('orchestrator');
  });

  it('is the end of its token', async () => {
    const { robot, runId } = await robotWith([1]);
    await robot.release(inputOf(robot), 'COMPLETED');
    expect((await robot.data()).status).toBe(200);
    await robot.end();
    await inState(runId, 'completed');
    expect((await robot.data()).status).toBe(403);
    const assets = await robot.call('GET', `/v1/workspaces/${estate.workspace.id}/assets/`);
    expect(assets.status).toBe(403);
  });
});

describe('the token of a robot', () => {
  it('opens work items and assets, and nothing that people and programs do', async () => {
    const { robot } = await robotWith([1]);
    const base = `/v1/workspaces/${estate.workspace.id}`;
    expect((await robot.call('GET', `${base}/assets/`)).status).toBe(200);
    expect((await robot.call('GET', base)).status).toBe(200);
    for (const path of ['/processes', '/process-runs', '/work-items', '/workers', '/webhooks'])
      expect((await robot.call('GET', base + path)).status, path).toBe(403);
    expect(
      (await server.call('GET', dataPath(inputOf(robot)), { headers: { authorization: `RC-WSKEY ${estate.key}` } }))
        .status,
    ).toBe(403);
    await robot.end('RUN_FAILED');
  });
});

describe('a worker that is lost', () => {
  it('gives its item to the next robot, and nothing of the lost attempt is left', async () => {
    const { robot, runId } = await robotWith([1]);
    await robot.data();
    await robot.output(inputOf(robot), 'lost');
    // Its runner was killed, and started anew.
    await estate.runner.connect();
    const again = await nextRobot();
    expect(inputOf(again)).toBe(inputOf(robot));
    expect((await robot.release(inputOf(robot), 'COMPLETED')).status).toBe(403);
    await again.output(inputOf(again), 'kept');
    await again.release(inputOf(again), 'COMPLETED');
    await again.end();
    await inState(runId, 'completed');
    expect((await get(`/process-runs/${runId}/outputs`)).data).toMatchObject([{ payload: 'kept' }]);
    expect((await get(`/step-runs/${robot.id}`)).error).toEqual({ code: 'WORKER_LOST' });
  });

  it('makes its item UNKNOWN, which is failed, where the step says so', async () => {
    const { robot, runId } = await robotWith([1], [{ onLost: 'UNKNOWN' }]);
    await robot.data();
    await estate.runner.connect();
    await inState(runId, 'unresolved');
    expect((await get(`/work-items/${inputOf(robot)}`)).exception.type).toBe('orchestrator');
    await post('/work-items/batch', { batch_operation: 'delete', work_item_ids: [inputOf(robot)] });
    await inState(runId, 'completed');
  });

  it('before its robot began leaves nothing behind: the robot is given to another', async () => {
    const process = await newProcess();
    const runId = await start(process);
    const [order] = await estate.runner.takeRobots(5);
    await estate.runner.connect();
    const robot = await nextRobot();
    expect(robot.id).toBe(order.id);
    expect(robot.environment.RC_API_WORKITEM_TOKEN).not.toBe(order.environment.RC_API_WORKITEM_TOKEN);
    await robot.release(inputOf(robot), 'COMPLETED');
    await robot.end();
    await inState(runId, 'completed');
  });
});

describe('a step that holds back', () => {
  it('begins when every item of the step before has ended', async () => {
    const { robot, runId } = await robotWith([1, 2], [{}, { waitForAll: true }]);
    await robot.output(inputOf(robot), 'a');
    await robot.release(inputOf(robot), 'COMPLETED');
    const two = (await robot.reserve()) ?? '';
    expect(await estate.runner.takeRobots()).toEqual([]);
    await robot.release(two, 'FAILED', { type: 'BUSINESS' });
    await robot.end();
    const second = await nextRobot();
    await second.release(inputOf(second), 'COMPLETED');
    await second.end();
    await inState(runId, 'unresolved');
  });
});

describe('a step with a limit', () => {
  it('has no more robots at a time than it allows', async () => {
    const process = await newProcess([{ maxParallel: 2 }]);
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2, 3, 4, 5] });
    const orders = await estate.runner.takeRobots(5);
    const robots: RobotByHand[] = [];
    for (const order of orders) robots.push(await startRobot(server, estate.runner, order));
    expect(new Set(robots.map(inputOf)).size).toBe(2);
    expect(await estate.runner.takeRobots()).toEqual([]);
    await post(`/process-runs/${runId}/stop`, {
      set_remaining_work_items_as_done: true,
      terminate_ongoing_activity_runs: true,
    });
    for (const robot of robots) await robot.end('RUN_ABORTED');
    await inState(runId, 'unresolved');
  });
});

// Last, because it moves the clock: sessions end by that.
describe('an address for a file', () => {
  it('takes nothing when it was changed, or is old', async () => {
    const { robot } = await robotWith([{}]);
    const form = (await robot.call('POST', filesPath(inputOf(robot)), { body: { fileName: 'a.txt', fileSize: 5 } }))
      .body;
    expect(
      await sendForm({ ...form, url: form.url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A')) }, 'x'),
    ).toBe(404);
    await server.advance({ hours: 2 });
    expect(await sendForm(form, 'x')).toBe(404);
    await robot.end('RUN_FAILED');
  });
});
