import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKSPACE_PERMISSIONS } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { zipOf } from '../../../packages/importers/test-support/zip.ts';
import { until } from '../support/bots.ts';
import { makeProcess } from '../support/processes-by-hand.ts';
import { defaultWorkspace, type TestWorkspace } from '../support/robocorp.ts';
import { uploadRobot, zipSample } from '../support/robots.ts';
import { type RunnerProgram, startRunner } from '../support/runner.ts';

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.log('Robots in Python are skipped: there is no python3 on this machine.');

/** A real server, a real runner process, real robots: the sample, and small ones that misbehave. */
let server: TestServer;
let workspace: TestWorkspace;
let runner: RunnerProgram;
let key: string;

beforeAll(async () => {
  server = await startTestServer();
  workspace = await defaultWorkspace(server);
  key = await workspace.key(...WORKSPACE_PERMISSIONS);
  runner = await startRunner(server, { SIGNALBOX_RUNNER_CAPACITY: '2' });
});
afterAll(async () => {
  await runner.stop();
  await server.stop();
});

async function get(path: string) {
  const answer = await workspace.call(key, 'GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function start(processId: string, body?: unknown): Promise<string> {
  const answer = await workspace.call(key, 'POST', `/processes/${processId}/process-runs`, { body });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.id;
}

const ended = (runId: string) =>
  until(
    () => get(`/process-runs/${runId}`),
    ({ state }) => state === 'completed' || state === 'unresolved',
  );

/** A robot whose one task is this command. */
async function robotThat(shell: string, more = ''): Promise<string> {
  const yaml = `tasks:\n  Main:\n    shell: ${JSON.stringify(shell)}\nartifactsDir: output\n${more}`;
  return uploadRobot(server, workspace, key, 'small', Buffer.from(await zipOf([['robot.yaml', yaml]])));
}

let processes = 0;
const processOf = (taskPackageId: string, step: object = {}) =>
  makeProcess(workspace, taskPackageId, `small ${++processes}`, [{ taskName: '', ...step }]);

describe.runIf(python)('the sample robot', () => {
  it('splits orders, posts them, and lets those fail alone that are bad', async () => {
    const taskPackageId = await uploadRobot(server, workspace, key, 'invoices', await zipSample());
    const process = await makeProcess(workspace, taskPackageId, 'Invoices', [
      { name: 'Split', taskName: 'Split' },
      { name: 'Post', taskName: 'post' },
    ]);
    const orders = [
      { id: 'A1', customer: 'Acme', total: 12.5 },
      { id: 'A2', customer: 'Acme', total: -1 },
      { id: 'A3', customer: 'Acme', total: 3, fault: 'temporary' },
      { id: 'A4', customer: 'Acme', total: 7 },
    ];
    const runId = await start(process.id, { type: 'with_payloads', payloads: [{ orders }] });
    expect((await ended(runId)).state).toBe('unresolved');
    const items = (await get(`/process-runs/${runId}/work-items`)).data;
    const whole = await Promise.all(items.map(({ id }: { id: string }) => get(`/work-items/${id}`)));
    expect(whole.map(({ state, exception, payload }) => [payload.id, state, exception?.type, exception?.code])).toEqual(
      [
        [undefined, 'done', undefined, undefined],
        ['A1', 'done', undefined, undefined],
        ['A2', 'failed', 'business', 'BAD_ORDER'],
        ['A3', 'failed', 'application', 'BOOKS_AWAY'],
        ['A4', 'done', undefined, undefined],
      ],
    );
    const [, post] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    const said = (await get(`/step-runs/${post.id}/console-messages`)).data;
    expect(said.map(({ message }: { message: string }) => message)).toContain('Posted 2 orders, 2 failed.');
    const artifacts = await until(
      async () => (await get(`/step-runs/${post.id}/artifacts`)).data,
      (found) => found.some(({ name }: { name: string }) => name === 'posted.csv'),
    );
    const { id } = artifacts.find(({ name }: { name: string }) => name === 'posted.csv');
    const { url } = await get(`/step-runs/${post.id}/artifacts/${id}`);
    expect((await server.call('GET', new URL(url).pathname)).text).toBe('A1,Acme,12.5\r\nA4,Acme,7\r\n');
  });

  it('goes on with what failed once somebody has corrected it', async () => {
    const process = (await get('/processes')).data.find(({ name }: { name: string }) => name === 'Invoices');
    const runId = (await get(`/process-runs?process_id=${process.id}`)).data[0].id;
    const failed = (await get(`/work-items?process_run_id=${runId}&state=failed`)).data;
    for (const { id } of failed) {
      const { payload } = await get(`/work-items/${id}`);
      const body = { payload: { id: payload.id, customer: payload.customer, total: 5 } };
      await workspace.call(key, 'PUT', `/work-items/${id}/payload`, { body });
    }
    await workspace.call(key, 'POST', '/work-items/batch', {
      body: { batch_operation: 'retry', work_item_ids: failed.map(({ id }: { id: string }) => id) },
    });
    expect(
      (
        await until(
          () => get(`/process-runs/${runId}`),
          ({ state }) => state === 'completed',
        )
      ).state,
    ).toBe('completed');
  });
});

describe('a robot', () => {
  it('that does not know work items settles its item by its exit code', async () => {
    const good = await processOf(await robotThat('node -e "console.log(6 * 7)"'));
    expect((await ended(await start(good.id))).state).toBe('completed');
    const bad = await processOf(await robotThat('node -e "process.exit(3)"'));
    const runId = await start(bad.id);
    expect((await ended(runId)).state).toBe('unresolved');
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    expect(run).toMatchObject({ state: 'failed', error: { code: 'ROBOT_FAILED' } });
  });

  it('that takes too long is ended, with all that it has started', async () => {
    const slow = await processOf(await robotThat('node -e "setInterval(() => {}, 1000)"'), { timeoutSeconds: 1 });
    const runId = await start(slow.id);
    expect((await ended(runId)).state).toBe('unresolved');
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    expect(run.error).toEqual({ code: 'TIMEOUT' });
  });

  it('is stopped when its run is', async () => {
    const slow = await processOf(await robotThat('node -e "console.log(1); setInterval(() => {}, 1000)"'));
    const runId = await start(slow.id);
    await until(
      () => get(`/step-runs?process_run_id=${runId}`),
      ({ data }) => data[0]?.state === 'in_progress',
    );
    await workspace.call(key, 'POST', `/process-runs/${runId}/stop`, {
      body: { set_remaining_work_items_as_done: true, terminate_ongoing_activity_runs: true },
    });
    await ended(runId);
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    expect(run.error).toEqual({ code: 'STOPPED' });
  });

  it('never shows its token', async () => {
    const teller = await processOf(await robotThat('node -e "console.log(JSON.stringify(process.env))"'));
    const runId = await start(teller.id);
    await ended(runId);
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    const said = JSON.stringify(await get(`/step-runs/${run.id}/console-messages`));
    expect(said).toContain('RC_WORKSPACE_ID');
    expect(said).not.toContain('sbrobot_');
    expect(said).not.toContain('SIGNALBOX_RUNNER');
  });

  it('that names a task that is not there, or an environment that cannot be had, says so', async () => {
    const lost = await processOf(await robotThat('node -e 1'), { taskName: 'Nothing' });
    const runId = await start(lost.id);
    expect((await ended(runId)).state).toBe('unresolved');
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    expect(run.error).toEqual({ code: 'ENVIRONMENT_FAILED' });
    const [item] = (await get(`/process-runs/${runId}/work-items`)).data;
    expect(item.exception.message).toContain('Nothing');
  });
});

describe('one estate', () => {
  it('shows a worker of one wire as a device of the other, and a step run as a run', async () => {
    const [worker] = (await get('/workers')).data;
    const devices = await server.call('POST', '/v2/devices/list', { token: server.admin, body: {} });
    expect(devices.body.list.map(({ id }: { id: string }) => id)).toContain(worker.id);
    const good = await processOf(await robotThat('node -e 1'));
    const runId = await start(good.id);
    await ended(runId);
    const [run] = (await get(`/step-runs?process_run_id=${runId}`)).data;
    const activity = await server.call('POST', '/v3/activity/list', { token: server.admin, body: {} });
    const found = activity.body.list.find(({ id }: { id: string }) => id.startsWith(run.id));
    expect(found).toMatchObject({ status: 'COMPLETED', deviceId: worker.id });
  });

  it('lets Automation Anywhere put an item in, and Robocorp’s robot finish it', async () => {
    const process = await processOf(await robotThat('node -e 1'));
    const queueId = process.steps[0]?.queueId;
    const added = await server.call('POST', `/v3/wlm/queues/${queueId}/workitems`, {
      token: server.admin,
      body: { workItems: [{ json: { from: 'the other wire' } }] },
    });
    const id = String(added.body.list[0].id);
    expect(await get(`/work-items/${id}`)).toMatchObject({ state: 'new', payload: { from: 'the other wire' } });
    const runId = await start(process.id, { type: 'with_inputs' });
    await ended(runId);
    const seen = await server.call('GET', `/v3/wlm/queues/${queueId}/workitems/${id}`, { token: server.admin });
    expect(seen.body).toMatchObject({ status: 'COMPLETED', deviceId: Number((await get('/workers')).data[0].id) });
  });

  it('lets Robocorp put an item in, and a caller of Automation Anywhere work it off and finish it', async () => {
    const process = await processOf(await robotThat('node -e 1'));
    const made = await workspace.call(key, 'POST', '/work-items', {
      body: { process: { id: process.id }, payload: { from: 'here' } },
    });
    const path = `/v3/wlm/queues/${process.steps[0]?.queueId}/workitems`;
    const { list } = (await server.call('POST', `${path}/list`, { token: server.admin, body: {} })).body;
    expect(list).toMatchObject([{ id: Number(made.body.id), status: 'NEW', json: { from: 'here' } }]);
    for (const status of ['IN_PROGRESS', 'COMPLETED']) {
      const { version } = (await server.call('GET', `${path}/${made.body.id}`, { token: server.admin })).body;
      const put = await server.call('PUT', `${path}/${made.body.id}`, {
        token: server.admin,
        body: { version, status },
      });
      expect(put.status, put.text).toBe(200);
      const state = status === 'COMPLETED' ? 'done' : 'in_progress';
      expect((await get(`/work-items/${made.body.id}`)).state).toBe(state);
    }
  });

  it('does not let a bot of one wire take what belongs to a step of the other', async () => {
    const process = await processOf(await robotThat('node -e 1'));
    const queueId = process.steps[0]?.queueId;
    const post = (at: string, body: object) => server.call('POST', at, { token: server.admin, body });
    const file = await post('/v2/repository/files', {
      name: 'a bot',
      contentType: 'application/vnd.aa.taskbot',
      parentFolderId: '2',
    });
    const pool = await post('/v2/devices/pools', { name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5' });
    const answer = await post('/v4/wlm/automations', {
      name: 'a',
      queueId,
      fileId: file.body.id,
      poolId: pool.body.id,
      runAsUserIds: [1],
    });
    expect(answer.status).toBe(409);
    expect((await server.call('DELETE', `/v3/wlm/queues/${queueId}`, { token: server.admin })).status).toBe(409);
  });
});
