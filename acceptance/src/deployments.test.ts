import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import {
  deploy,
  makePool,
  manage,
  onlyRunOf,
  runAsUser,
  runsOf,
  saveTaskBot,
  setDefaultDevice,
  settledRuns,
  untilRun,
} from './support/deployments.ts';
import { until } from './support/processes.ts';
import { bot, expression, node, type RunnerProgram, say, startRunner, text, wait } from './support/runner.ts';

/** Deployments to real runner processes, by the contract's words. */
let server: TestServer;
let runner: RunnerProgram;
let alice: { id: number; username: string };
let more: RunnerProgram[] = [];
let names = 0;

beforeAll(async () => {
  server = await startTestServer();
  runner = await startRunner(server);
  alice = await runAsUser(server, 'alice');
  await setDefaultDevice(server, alice.id, runner.deviceId);
});
afterEach(async () => {
  await Promise.all(more.map(end));
  more = [];
});
afterAll(async () => {
  if (runner) await end(runner);
  await server?.stop();
});

async function end(one: RunnerProgram): Promise<void> {
  await one.kill();
  await rm(one.dataDir, { recursive: true, force: true });
}

async function another(): Promise<RunnerProgram> {
  const started = await startRunner(server);
  more.push(started);
  return started;
}

const unique = (name: string): string => `${name} ${++names}`;
const save = (...nodes: object[]): Promise<string> => saveTaskBot(server, unique('bot'), bot(...nodes));
const unattended = (fileId: string, request: object = {}) => ({
  botId: fileId,
  unattendedRequest: { runAsUserIds: [alice.id], poolIds: [], ...request },
});

const greeting = [
  node('MessageBox', 'messageBox', { title: text('t'), content: expression('greeting $greeting$') }),
  say('Hello, $greeting$!', 'answer'),
];

describe('a deployment', () => {
  it('runs a bot with its input on the default device of its run-as user', async () => {
    const fileId = await saveTaskBot(server, 'greet', bot(...greeting));
    const receipt = await deploy(server, 'v3', {
      fileId,
      runAsUserIds: [String(alice.id)],
      poolIds: null,
      botInput: { greeting: { type: 'STRING', string: 'World' } },
    });
    expect(receipt).toEqual({
      deploymentId: expect.stringMatching(/^[\da-f-]{36}$/),
      automationName: expect.stringMatching(/^greet\.\d{4}(\.\d{2}){5}\.admin$/),
    });
    const [run] = await settledRuns(server, receipt.deploymentId);
    expect(run).toMatchObject({
      status: 'COMPLETED',
      fileId,
      fileName: 'greet',
      deviceId: runner.deviceId,
      userId: String(alice.id),
      userName: 'alice',
      progress: 100,
      currentLine: 2,
      totalLines: 2,
      message: '',
    });
    const execution = await server.call('GET', `/v3/activity/execution/${run.id}`, { token: server.admin });
    expect(execution.body.botOutVariables.values.answer).toEqual({ type: 'STRING', string: 'Hello, World!' });
  });

  it('is in the list of the activity before its answer has arrived', async () => {
    const { deploymentId } = await deploy(server, 'v4', unattended(await save(say('x'))));
    expect(await runsOf(server, deploymentId)).toHaveLength(1);
    await settledRuns(server, deploymentId);
  });

  it('says at which line of which bot it failed', async () => {
    const fileId = await save(
      say('fine'),
      node(
        'String',
        'toNumber',
        { sourceString: text('many') },
        { returnTo: { type: 'VARIABLE', variableName: 'answer' } },
      ),
    );
    const { deploymentId } = await deploy(server, 'v4', unattended(fileId));
    const [run] = await settledRuns(server, deploymentId);
    expect(run).toMatchObject({ status: 'RUN_FAILED', currentLine: 2, message: expect.stringMatching(/many.*line 2/) });
  });

  it('fails before anything was done when the device does not know a command of the bot', async () => {
    const fileId = await save(say('begun'), node('Teleport', 'beamUp'));
    const { deploymentId } = await deploy(server, 'v4', unattended(fileId));
    const [run] = await settledRuns(server, deploymentId);
    expect(run).toMatchObject({ status: 'DEPLOY_FAILED', startDateTime: expect.any(String) });
    expect(run.message).toMatch(/line 2: .*Teleport/);
  });

  it('runs the version that has the label, though a newer one is there', async () => {
    const fileId = await save(say('old', 'answer'));
    const label = await server.call('POST', '/v2/repository/files/version/assignLabel', {
      token: server.admin,
      body: { fileIds: [fileId], label: 'PRODUCTION' },
    });
    expect(label.status, label.text).toBeLessThan(300);
    await server.call('PUT', `/v2/repository/files/${fileId}/content`, {
      token: server.admin,
      body: bot(say('new', 'answer')),
    });
    const labelled = await deploy(server, 'v4', { ...unattended(fileId), botLabel: 'PRODUCTION' });
    const newest = await deploy(server, 'v4', { ...unattended(fileId), botLabel: '' });
    const [first] = await settledRuns(server, labelled.deploymentId);
    const [second] = await settledRuns(server, newest.deploymentId);
    expect(first.botOutVariables.values.answer.string).toBe('old');
    expect(first.botLabel).toBe('PRODUCTION');
    expect(second.botOutVariables.values.answer.string).toBe('new');
    const unknown = await server.call('POST', '/v4/automations/deploy', {
      token: server.admin,
      body: { ...unattended(fileId), botLabel: 'NOBODY' },
    });
    expect(unknown).toMatchObject({ status: 400, body: { message: expect.stringMatching(/^INVALID_ARGUMENT/) } });
  });

  it('makes one run for each run-as user, and two devices share three of them', async () => {
    const a = await another();
    const b = await another();
    const users = await Promise.all(
      ['u1', 'u2', 'u3'].map((name) => runAsUser(server, unique(name).replace(' ', '-'))),
    );
    const poolId = await makePool(server, unique('pool'), [a.deviceId, b.deviceId]);
    const fileId = await save(wait(600_000));
    const { deploymentId } = await deploy(server, 'v4', {
      botId: fileId,
      unattendedRequest: {
        runAsUserIds: users.map(({ id }) => String(id)),
        poolIds: [poolId],
        deviceUsageType: 'RUN_ON_POOL_DEVICES',
      },
    });
    const running = async () => (await runsOf(server, deploymentId)).filter(({ status }) => status === 'RUNNING');
    await until('two of them are at work', async () => (await running()).length === 2);
    const first = await running();
    expect((await runsOf(server, deploymentId)).map(({ status }) => status)).toContain('QUEUED');
    await manage(server, 'stop', ...first.map(({ id }) => id));
    await until('the third is at work', async () => {
      const now = await running();
      return now.length === 1 && !first.some(({ id }) => id === now[0].id);
    });
    await manage(server, 'stop', deploymentId);
    const runs = await settledRuns(server, deploymentId);
    expect(runs.map(({ status }) => status)).toEqual(['RUN_ABORTED', 'RUN_ABORTED', 'RUN_ABORTED']);
    expect(new Set(runs.map(({ userId }) => userId)).size).toBe(3);
    expect(new Set(runs.map(({ deviceId }) => deviceId))).toEqual(new Set([a.deviceId, b.deviceId]));
  });

  it('waits behind what its device is doing, and the most urgent goes first', async () => {
    const fileId = await save(say('done'));
    const busy = await deploy(server, 'v4', unattended(await save(wait(600_000))));
    await untilRun(server, busy.deploymentId, 'RUNNING');
    const low = await deploy(server, 'v4', { ...unattended(fileId), automationPriority: 'PRIORITY_LOW' });
    const medium = await deploy(server, 'v4', unattended(fileId));
    const high = await deploy(server, 'v4', { ...unattended(fileId), automationPriority: 'PRIORITY_HIGH' });
    for (const { deploymentId } of [low, medium, high]) {
      expect(await onlyRunOf(server, deploymentId)).toMatchObject({ status: 'PENDING_EXECUTION' });
    }
    await manage(server, 'stop', busy.deploymentId);
    const started = await Promise.all(
      [high, medium, low].map(async ({ deploymentId }) => {
        const [run] = await settledRuns(server, deploymentId);
        return { at: Date.parse(run.startDateTime), priority: run.automationPriority };
      }),
    );
    expect(started.toSorted((x, y) => x.at - y.at).map(({ priority }) => priority)).toEqual([
      'PRIORITY_HIGH',
      'PRIORITY_MEDIUM',
      'PRIORITY_LOW',
    ]);
  });
});

describe('a run that is managed', () => {
  it('is paused before its next line, resumed, and ends as if nothing had been', async () => {
    // Long enough to be paused somewhere in it, whatever else the machine does.
    const fileId = await save(...Array.from({ length: 100 }, () => wait(50)), say('after', 'answer'));
    const { deploymentId } = await deploy(server, 'v4', unattended(fileId));
    const { id } = await untilRun(server, deploymentId, 'RUNNING');
    expect((await manage(server, 'pause', id)).body).toEqual({ manage_action_errors: [] });
    expect(await untilRun(server, deploymentId, 'RUN_PAUSED')).toMatchObject({ command: '', endDateTime: '' });
    expect((await manage(server, 'pause', id)).body).toEqual({ manage_action_errors: [] });
    expect((await manage(server, 'resume', deploymentId)).body).toEqual({ manage_action_errors: [] });
    const [run] = await settledRuns(server, deploymentId);
    expect(run).toMatchObject({ status: 'COMPLETED', botOutVariables: { values: { answer: { string: 'after' } } } });
  });

  it('is stopped in the middle of a long line, within moments', async () => {
    const { deploymentId } = await deploy(server, 'v4', unattended(await save(say('begun'), wait(60_000))));
    const { id } = await untilRun(server, deploymentId, 'RUNNING');
    const asked = performance.now();
    expect((await manage(server, 'stop', id)).body).toEqual({ manage_action_errors: [] });
    const [run] = await settledRuns(server, deploymentId);
    expect(run).toMatchObject({ status: 'RUN_ABORTED', message: expect.stringContaining('Somebody stopped it') });
    // Pushed to it: a heartbeat would have taken up to ten seconds.
    expect(performance.now() - asked).toBeLessThan(5_000);
  });

  it('is stopped before it begins, and by its deployment', async () => {
    const fileId = await save(wait(60_000));
    const first = await deploy(server, 'v4', unattended(fileId));
    await untilRun(server, first.deploymentId, 'RUNNING');
    const second = await deploy(server, 'v4', unattended(fileId));
    expect((await manage(server, 'stop', second.deploymentId, first.deploymentId)).body.manage_action_errors).toEqual(
      [],
    );
    const [waiting] = await settledRuns(server, second.deploymentId);
    expect(waiting).toMatchObject({ status: 'RUN_ABORTED', startDateTime: '' });
    const [running] = await settledRuns(server, first.deploymentId);
    expect(running.status).toBe('RUN_ABORTED');
  });

  it('is told apart from what cannot be done, id by id', async () => {
    const { deploymentId } = await deploy(server, 'v4', unattended(await save(say('x'))));
    const [run] = await settledRuns(server, deploymentId);
    const answer = await manage(server, 'stop', run.id, 'nonsense');
    expect(answer.status).toBe(200);
    expect(answer.body.manage_action_errors).toEqual([
      {
        execution_id: run.id,
        error_response: { code: 'CONFLICT', message: expect.any(String), details: expect.any(String) },
      },
      {
        execution_id: 'nonsense',
        error_response: { code: 'NOT_FOUND', message: expect.any(String), details: expect.any(String) },
      },
    ]);
    expect((await server.call('POST', '/v3/activity/manage', { token: server.admin, body: {} })).status).toBe(400);
    expect(
      (
        await server.call('POST', '/v3/activity/manage', {
          token: server.admin,
          body: { eat_executions: { execution_ids: ['x'] } },
        })
      ).status,
    ).toBe(400);
  });

  it('leaves the activity when it is archived, and stays in the history', async () => {
    const { deploymentId } = await deploy(server, 'v4', unattended(await save(say('x'))));
    const [run] = await settledRuns(server, deploymentId);
    expect((await manage(server, 'archive', run.id)).body.manage_action_errors).toEqual([]);
    expect(await runsOf(server, deploymentId)).toEqual([]);
    const history = await server.call('POST', '/v1/activity/history/list', {
      token: server.admin,
      body: {
        filter: { operator: 'eq', field: 'deploymentId', value: deploymentId },
        sort: [{ field: 'endDateTime', direction: 'desc' }],
      },
    });
    expect(history.body.list).toEqual([expect.objectContaining({ id: run.id, jobExecutionStatus: 'COMPLETED' })]);
  });
});

describe('what a run tells', () => {
  it('is its log, line by line, and how far it is', async () => {
    const fileId = await save(
      node('MessageBox', 'messageBox', { title: text('t'), content: text('first') }),
      node('MessageBox', 'messageBox', { title: text('t'), content: text('second') }),
      wait(600_000),
      say('done'),
    );
    const { deploymentId } = await deploy(server, 'v4', unattended(fileId));
    const { id } = await untilRun(server, deploymentId, 'RUNNING');
    const log = async (after = 0) =>
      (await server.call('GET', `/signalbox/v1/runs/${id}/log?after=${after}`, { token: server.admin })).body;
    await until('it tells how far it is', async () => (await log()).currentLine === 3);
    const { lines, ...rest } = await log();
    expect(rest).toMatchObject({ status: 'RUNNING', progress: 50, totalLines: 4 });
    expect(lines.map(({ number }: { number: number }) => number)).toEqual([1, 2]);
    expect(lines[0].text).toContain('first');
    expect((await log(1)).lines.map(({ text }: { text: string }) => text)).toEqual([expect.stringContaining('second')]);
    await manage(server, 'stop', id);
    await settledRuns(server, deploymentId);
  });

  it('is also in the files that it leaves in its folder', async () => {
    const fileId = await save(
      node('LogToFile', 'logToFile', {
        filePath: { type: 'FILE', string: 'out/report.txt' },
        logContent: text('all is well'),
        logOption: text('OVERWRITE_FILE'),
      }),
    );
    const { deploymentId } = await deploy(server, 'v4', unattended(fileId));
    const [run] = await settledRuns(server, deploymentId);
    expect(run).toMatchObject({ status: 'COMPLETED', message: '' });
    const list = async () =>
      (await server.call('GET', `/signalbox/v1/runs/${run.id}/artifacts`, { token: server.admin })).body.list;
    await until('the files are there', async () => (await list()).length > 0);
    expect(await list()).toEqual([{ name: 'out/report.txt', size: expect.any(Number), createdOn: expect.any(String) }]);
    const content = await server.call('GET', `/signalbox/v1/runs/${run.id}/artifacts/out%2Freport.txt`, {
      token: server.admin,
    });
    expect(content.headers.get('content-type')).toBe('application/octet-stream');
    expect(content.text).toContain('all is well');
  });
});

describe('a runner that is told to stop', () => {
  it('lets its bot go on for a while, then stops it and says so', async () => {
    const leaving = await another();
    const bob = await runAsUser(server, 'bob');
    await setDefaultDevice(server, bob.id, leaving.deviceId);
    const fileId = await save(wait(600_000));
    const { deploymentId } = await deploy(server, 'v3', { fileId, runAsUserIds: [bob.id] });
    await untilRun(server, deploymentId, 'RUNNING');
    await leaving.stop();
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({
      status: 'RUN_ABORTED',
      message: expect.stringContaining('The runner was stopped.'),
    });
  });
});
