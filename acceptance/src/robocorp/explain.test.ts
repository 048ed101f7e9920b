import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { until } from '../support/bots.ts';
import { type ProcessEstate, startProcessEstate, startRobot } from '../support/processes-by-hand.ts';

/** Nothing waits silently: items, step runs and runs of processes say why they do not go on. */
let estate: ProcessEstate;
let server: TestServer;
let { get, post, start, newProcess, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, get, post, start, newProcess, nextRobot, inState } = estate);
});
afterAll(() => server.stop());

const stop = (runId: string) =>
  post(`/process-runs/${runId}/stop`, {
    set_remaining_work_items_as_done: true,
    terminate_ongoing_activity_runs: true,
  });

async function explain(path: string) {
  const answer = await server.call('GET', `/signalbox/v1/explain/${path}`, { token: server.admin });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.explanation.reason;
}

async function explainRun(runId: string) {
  const answer = await estate.workspace.extension('GET', `/process-runs/${runId}/explain`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

const firstItem = async (runId: string): Promise<string> =>
  (await get(`/work-items?process_run_id=${runId}`)).data[0].id;

describe('an item', () => {
  it('in the input of a process waits for a run', async () => {
    const process = await newProcess();
    const { id } = await post('/work-items', { process: { id: process.id }, payload: 1 });
    expect(await explain(`work-items/${id}`)).toBe('AWAITS_RUN');
  });

  it('made by a robot waits until the item that it came out of is released, and is an output then', async () => {
    const process = await newProcess();
    const runId = await start(process);
    const robot = await nextRobot();
    const parent = robot.environment.RC_WORKITEM_ID ?? '';
    const id = await robot.output(parent, 1);
    expect(await explain(`work-items/${id}`)).toBe('AWAITS_PARENT');
    await robot.release(parent, 'COMPLETED');
    expect(await explain(`work-items/${id}`)).toBe('OUTPUT');
    await robot.end();
    await inState(runId, 'completed');
  });
});

describe('a step', () => {
  it('whose worker group is empty says so, for its items and its step runs', async () => {
    const group = await post('/worker-groups', { name: 'empty' });
    const process = await newProcess([{ workerGroupId: group.id }]);
    const runId = await start(process);
    const [run] = await until(
      async () => (await get(`/step-runs?process_run_id=${runId}`)).data,
      (found) => found.length > 0,
    );
    expect(run.state).toBe('awaiting_worker');
    expect(await explain(`runs/${run.id}`)).toBe('NO_WORKER');
    expect(await explain(`work-items/${await firstItem(runId)}`)).toBe('NO_WORKER');
    await stop(runId);
    await inState(runId, 'completed');
  });

  it('whose workers are busy says so, one with a limit its limit, and one that holds back for whom', async () => {
    const process = await newProcess([{ maxParallel: 1 }, { waitForAll: true }]);
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2] });
    const robot = await nextRobot();
    const parent = robot.environment.RC_WORKITEM_ID ?? '';
    await robot.output(parent, 'next');
    await robot.release(parent, 'COMPLETED');
    const two = (await robot.reserve()) ?? '';
    expect((await explainRun(runId)).steps).toMatchObject([
      { waiting: 0, inProgress: 1, done: 1, stepRuns: 1, explanation: { reason: 'RUNNING' } },
      { waiting: 1, inProgress: 0, stepRuns: 0, explanation: { reason: 'STEP_HELD_BACK' } },
    ]);
    await robot.release(two, 'FAILED', { type: 'BUSINESS' });
    await robot.end();
    const second = await nextRobot();
    await second.release(second.environment.RC_WORKITEM_ID ?? '', 'COMPLETED');
    await second.end();
    await inState(runId, 'unresolved');
    expect((await explainRun(runId)).steps).toMatchObject([
      { failed: 1, explanation: { reason: 'FAILED' } },
      { done: 1, explanation: { reason: 'COMPLETED' } },
    ]);
  });

  it('with all its workers busy says so', async () => {
    const process = await newProcess([{ maxParallel: 5 }]);
    const runId = await start(process, { type: 'with_payloads', payloads: [1, 2, 3, 4, 5] });
    const orders = await until(
      () => estate.runner.takeRobots(1),
      (found) => found.length === 4,
    );
    const robots = [];
    for (const order of orders) robots.push(await startRobot(server, estate.runner, order));
    expect((await explainRun(runId)).steps[0].explanation.reason).toBe('WORKERS_BUSY');
    await stop(runId);
    for (const robot of robots) await robot.end('RUN_ABORTED');
    await inState(runId, 'unresolved');
  });
});
