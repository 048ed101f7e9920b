import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, startProcessEstate } from '../support/processes-by-hand.ts';
import type { TestWorkspace } from '../support/robocorp.ts';
import type { RunnerByHand } from '../support/runner-by-hand.ts';

let estate: ProcessEstate;
let server: TestServer;
let workspace: TestWorkspace;
let runner: RunnerByHand;
let { get, post, start, newProcess, nextRobot, inState } = {} as ProcessEstate;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, workspace, runner, get, post, start, newProcess, nextRobot, inState } = estate);
});
afterAll(() => server.stop());

describe('a run of a process', () => {
  it('begins with an empty item, gives it to a robot, and completes when that releases it', async () => {
    const process = await newProcess();
    const runId = await start(process);
    const robot = await nextRobot();
    expect(robot.environment).toMatchObject({
      RC_WORKSPACE_ID: workspace.id,
      RC_PROCESS_ID: process.id,
      RC_PROCESS_RUN_ID: runId,
      RC_ACTIVITY_RUN_ID: robot.id,
      RC_API_WORKITEM_HOST: server.url,
      RC_API_URL_V1: `${server.url}/v1/`,
    });
    const itemId = robot.environment.RC_WORKITEM_ID ?? '';
    expect((await robot.data()).text).toBe('null');
    expect((await get(`/work-items/${itemId}`)).state).toBe('in_progress');
    expect((await robot.release(itemId, 'COMPLETED')).status).toBe(200);
    expect(await robot.reserve()).toBeNull();
    await robot.end();
    const run = await inState(runId, 'completed');
    expect(run).toMatchObject({
      process: { id: process.id },
      started_by: { type: 'api', details: null },
      duration: expect.any(Number),
    });
    const steps = await get(`/step-runs?process_run_id=${runId}`);
    expect(steps.data).toEqual([
      {
        id: robot.id,
        state: 'completed',
        state_updated_at: expect.any(String),
        error: null,
        started_at: expect.any(String),
        ended_at: expect.any(String),
        duration: expect.any(Number),
        step: { id: process.steps[0]?.id, name: 'Step 1' },
      },
    ]);
  });

  it('hands what comes out of a step to the next, and out of the last to whoever asks', async () => {
    const process = await newProcess([{}, {}]);
    const runId = await start(process, { type: 'with_payloads', payloads: [{ n: 1 }] });
    const first = await nextRobot();
    const input = first.environment.RC_WORKITEM_ID ?? '';
    expect((await first.data()).body).toEqual({ n: 1 });
    await first.output(input, { part: 'a' });
    await first.output(input, ['b']);
    // Not before the item it came out of has ended: else an attempt that is lost would leave something behind.
    expect(await runner.takeRobots()).toEqual([]);
    await first.release(input, 'COMPLETED');
    const second = await nextRobot();
    expect(second.environment.RC_ACTIVITY_RUN_ID).not.toBe(first.id);
    const a = second.environment.RC_WORKITEM_ID ?? '';
    expect((await second.data()).body).toEqual({ part: 'a' });
    await second.output(a, 'out of a');
    await second.release(a, 'COMPLETED');
    await first.end();
    const b = await second.reserve();
    expect((await second.data(b ?? '')).body).toEqual(['b']);
    await second.release(b ?? '', 'COMPLETED');
    expect(await second.reserve()).toBeNull();
    await second.end();
    await inState(runId, 'completed');
    const outputs = await get(`/process-runs/${runId}/outputs`);
    expect(outputs).toMatchObject({
      has_more: false,
      next: null,
      data: [{ process: { id: process.id }, process_run: { id: runId }, payload: 'out of a', files: [] }],
    });
    expect(await get(`/outputs?process_run_id=${runId}`)).toEqual(outputs);
  });

  it('is unresolved when an item has failed, and complete once that was tried again', async () => {
    const process = await newProcess();
    const runId = await start(process, { type: 'with_payloads', payloads: [{ n: 1 }, { n: 2 }] });
    const robot = await nextRobot();
    const first = robot.environment.RC_WORKITEM_ID ?? '';
    await robot.data();
    await robot.release(first, 'FAILED', { type: 'BUSINESS', code: 'C1', message: 'bad' });
    const second = await robot.reserve();
    await robot.release(second ?? '', 'COMPLETED');
    await robot.end();
    await inState(runId, 'unresolved');
    expect(await get(`/work-items/${first}`)).toMatchObject({
      state: 'failed',
      exception: { type: 'business', code: 'C1', message: 'bad' },
      process_run: { id: runId },
      step_run: { id: robot.id },
    });
    expect((await get(`/work-items?process_run_id=${runId}&state=failed`)).data).toHaveLength(1);
    await post('/work-items/batch', { batch_operation: 'retry', work_item_ids: [first, second] });
    const again = await nextRobot();
    expect(again.environment.RC_WORKITEM_ID).toBe(first);
    await again.release(first, 'COMPLETED');
    await again.end();
    await inState(runId, 'completed');
  });

  it('is complete when what failed is settled by hand, on either wire', async () => {
    const process = await newProcess();
    const runs = await Promise.all([start(process, { type: 'with_payloads', payloads: [1, 2] })]);
    const robot = await nextRobot();
    const [one = '', two = ''] = [
      robot.environment.RC_WORKITEM_ID,
      String(Number(robot.environment.RC_WORKITEM_ID) + 1),
    ];
    await robot.release(one, 'FAILED', { type: 'APPLICATION' });
    await robot.release((await robot.reserve()) ?? '', 'FAILED');
    await robot.end();
    await inState(runs[0] ?? '', 'unresolved');
    await post('/work-items/batch', { batch_operation: 'mark_as_done', work_item_ids: [one] });
    const queueId = process.steps[0]?.queueId;
    const item = await server.call('GET', `/v3/wlm/queues/${queueId}/workitems/${two}`, { token: server.admin });
    expect(item.body).toMatchObject({ status: 'FAILED', json: 2 });
    await server.call('PUT', `/v3/wlm/queues/${queueId}/workitems/${two}`, {
      token: server.admin,
      body: { version: item.body.version, status: 'COMPLETED' },
    });
    await inState(runs[0] ?? '', 'completed');
  });
});
