import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../apps/control-room/src/domain/identity/index.ts';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { saveBot, slow } from './support/bots.ts';
import {
  deploy,
  type Item,
  makePool,
  manage,
  onlyRunOf,
  runAsUser,
  saveTaskBot,
  setDefaultDevice,
} from './support/deployments.ts';
import { until } from './support/processes.ts';
import { bot, say } from './support/runner.ts';
import { type RunnerByHand, runnerByHand } from './support/runner-by-hand.ts';

/** The record of runs: lists, single reads, history, rights, explanations (contract a §1.5, §10, §14.3). */
const MY_SCHEDULE = 51;
let server: TestServer;
let device: RunnerByHand;
let fileId: string;
let user: { id: number; username: string };

beforeAll(async () => {
  server = await startTestServer({ SIGNALBOX_RUN_RETENTION_DAYS: '30', SIGNALBOX_OUTGOING_ALLOW: 'loopback' });
  fileId = await saveTaskBot(server, 'recorded', bot(say('x')));
  device = await runnerByHand(server, 100);
  user = await runAsUser(server, 'recorded-user');
  await setDefaultDevice(server, user.id, device.deviceId);
});
afterAll(() => server?.stop());

const list = async (body: object, path = '/v3/activity/list', token = server.admin): Promise<Item[]> => {
  const answer = await server.call('POST', path, { token, body });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.list;
};
const where = (field: string, value: unknown, operator = 'eq') => ({ filter: { operator, field, value } });
const deployTo = (more: object = {}) => deploy(server, 'v3', { fileId, runAsUserIds: [user.id], ...more });

/** Deploys, and has the bot end in this way. */
async function ran(result: object = { status: 'COMPLETED' }, more: object = {}): Promise<Item> {
  const { deploymentId } = await deployTo(more);
  const order = (await device.takeRuns()).find((run) => run.deploymentId === deploymentId);
  const { id, version } = order;
  await device.report({
    started: [{ id, version, startTime: new Date().toISOString(), totalLines: 4 }],
    results: [{ id, version, ...result }],
  });
  return onlyRunOf(server, deploymentId);
}

describe('an item of the activity', () => {
  it('has every key that clients index, with ids as texts', async () => {
    const run = await ran({
      status: 'RUN_FAILED',
      message: 'No such file (line 3)',
      line: 3,
      botPath: 'Automation Anywhere/Bots/recorded',
    });
    for (const key of [
      'id',
      'automationId',
      'automationName',
      'automationPriority',
      'botLabel',
      'callbackInfo',
      'canManage',
      'command',
      'createdBy',
      'createdOn',
      'currentBotName',
      'currentLine',
      'deploymentId',
      'deviceId',
      'deviceName',
      'endDateTime',
      'fileId',
      'fileName',
      'filePath',
      'message',
      'modifiedBy',
      'modifiedOn',
      'progress',
      'queueId',
      'queueName',
      'runElevated',
      'startDateTime',
      'status',
      'tenantUuid',
      'totalLines',
      'type',
      'userId',
      'userName',
      'usingRdp',
      'activityName',
      'duration',
      'error',
      'initiationType',
      'isMigrated',
      'jobUniqueId',
    ]) {
      expect(run, key).toHaveProperty(key);
    }
    expect(run).toMatchObject({
      id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}_[\da-f]{16}$/),
      status: 'RUN_FAILED',
      message: 'No such file (line 3)',
      currentLine: 3,
      totalLines: 4,
      progress: 75,
      fileId,
      userId: String(user.id),
      deviceId: device.deviceId,
      deviceName: device.hostName,
      automationId: expect.stringMatching(/^\d+$/),
      canManage: true,
    });
  });

  it('is found by its id in either form, in every place', async () => {
    const run = await ran();
    const uuid = run.id.slice(0, 36);
    for (const id of [run.id, uuid, uuid.toUpperCase()]) {
      for (const version of ['v1', 'v3']) {
        const read = await server.call('GET', `/${version}/activity/execution/${id}`, { token: server.admin });
        expect(read.body).toMatchObject({ id: run.id, botOutVariables: { values: {} } });
      }
      expect(await list(where('id', id))).toHaveLength(1);
      const logs = await server.call('GET', `/signalbox/v1/runs/${id}/log`, { token: server.admin });
      expect(logs.status).toBe(200);
    }
    expect((await server.call('GET', '/v3/activity/execution/nonsense', { token: server.admin })).status).toBe(404);
    expect(await list(where('id', 'nonsense'))).toEqual([]);
  });

  it('has in the history every key of the older tools', async () => {
    const run = await ran();
    const [item] = await list(
      { ...where('deploymentId', run.deploymentId), sort: [{ field: 'endDateTime', direction: 'desc' }] },
      '/v1/activity/history/list',
    );
    for (const key of [
      'id',
      'deviceName',
      'jobName',
      'jobType',
      'startDateTime',
      'endDateTime',
      'jobExecutionStatus',
      'progress',
      'scheduleId',
      'userId',
      'deviceId',
      'currentLine',
      'totalLines',
      'jobId',
      'deploymentId',
      'username',
      'automationName',
      'jobFilePath',
      'currentBotName',
      'command',
      'tenantId',
      'modifiedBy',
      'createdBy',
      'modifiedOn',
      'queueName',
      'queueId',
      'rdpEnabled',
      'canManage',
      'jobExecutionDetails',
      'source',
    ]) {
      expect(item, key).toHaveProperty(key);
    }
  });
});

describe('the list of the activity', () => {
  it('filters by every field of the contract, and sorts', async () => {
    const run = await ran({ status: 'COMPLETED' }, { automationName: 'Filtered for' });
    const filters: [string, unknown, string?][] = [
      ['deploymentId', run.deploymentId],
      ['automationName', 'Filtered for'],
      ['automationId', run.automationId],
      ['deviceId', device.deviceId],
      ['deviceId', Number(device.deviceId)],
      ['status', 'COMPLETED'],
      ['status', 'completed'],
      ['fileId', fileId],
      ['fileName', 'recorded'],
      ['fileName', 'RECOR', 'substring'],
      ['runAsUserId', String(user.id)],
      ['userId', user.id],
      ['startDateTime', '2020-01-01T00:00:00Z', 'ge'],
      ['endDateTime', '2020-01-01', 'gt'],
      ['createdOn', '2020-01-01T00:00:00.000Z', 'gt'],
      ['currentBotName', 'recorded'],
      ['type', 'RUN_NOW'],
    ];
    for (const [field, value, operator] of filters) {
      const found = await list({ ...where(field, value, operator), page: { length: 0 } });
      expect(
        found.map(({ id }) => id),
        `${field} ${operator ?? 'eq'} ${value}`,
      ).toContain(run.id);
    }
    for (const [field, value] of [
      ['status', 'RUN_ABORTED'],
      ['deviceId', '424242'],
      ['type', 'SCHEDULED'],
    ] as const) {
      expect((await list(where(field, value))).map(({ id }) => id)).not.toContain(run.id);
    }
    for (const field of ['endDateTime', 'startDateTime', 'createdOn', 'id']) {
      const sorted = await list({ sort: [{ field, direction: 'DESC' }], page: { offset: 0, length: 9999 } });
      const values = sorted.map((item) => item[field]).filter((value) => value !== '');
      expect(values, field).toEqual(values.toSorted().reverse());
    }
    expect(
      (await server.call('POST', '/v2/activity/list', { token: server.admin, body: where('colour', 'red') })).status,
    ).toBe(400);
  });

  it('shows everybody his own runs, and those of others to who may see them', async () => {
    const run = await ran();
    const other = await server.user([MY_SCHEDULE], 'other');
    expect(await list({}, '/v3/activity/list', other.token)).toEqual([]);
    const read = await server.call('GET', `/v3/activity/execution/${run.id}`, { token: other.token });
    expect(read.status).toBe(404);
    const stop = await server.call('POST', '/v3/activity/manage', {
      token: other.token,
      body: { stop_executions: { execution_ids: [run.id] } },
    });
    expect(stop.body.manage_action_errors).toMatchObject([
      { execution_id: run.id, error_response: { code: 'NOT_FOUND' } },
    ]);
    const own = await server.logIn(user.username, 'correct-horse-battery');
    expect((await list({}, '/v3/activity/list', own)).map(({ id, canManage }) => [id, canManage])).toContainEqual([
      run.id,
      false,
    ]);
  });
});

describe('a run that is managed', () => {
  it('attended is not paused, and says so', async () => {
    const { deploymentId } = await deploy(server, 'v4', {
      botId: fileId,
      attendedRequest: { deploymentDeviceId: device.deviceId },
    });
    const [{ id, version }] = await device.takeRuns();
    await device.report({ started: [{ id, version, startTime: new Date().toISOString() }] });
    const answer = await manage(server, 'pause', deploymentId);
    expect(answer.body.manage_action_errors).toMatchObject([
      { execution_id: deploymentId, error_response: { code: 'CONFLICT' } },
    ]);
    await device.report({ results: [{ id, version, status: 'COMPLETED' }] });
  });

  it('UNKNOWN alone is audited', async () => {
    const run = await ran();
    const audit = (id: string) => server.call('PUT', '/v1/activity/auditunknown', { token: server.admin, body: id });
    expect((await audit(run.id)).status).toBe(400);
    expect((await audit('nothing')).status).toBe(404);
  });
});

/** A server of somebody else's that is told how runs end. */
async function listenForCallbacks() {
  const told: { headers: Record<string, unknown>; body: Item }[] = [];
  const receiver = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      told.push({ headers: request.headers, body: JSON.parse(text) });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/done`;
  return { told, url, close: () => receiver.close() };
}

describe('the end of a run', () => {
  it('is told to the callback of its deployment, once, with its outputs', async () => {
    const { told, url, close } = await listenForCallbacks();
    const outputs = { oTotal: { type: 'STRING', string: '42' } };
    const run = await ran({ status: 'COMPLETED', outputs }, { callbackInfo: { url, headers: { 'X-Key': 'abc' } } });
    expect(run.callbackInfo).toBe('set');
    await until('the callback has come', async () => told.length > 0);
    expect(told).toHaveLength(1);
    expect(told[0]?.headers['x-key']).toBe('abc');
    expect(told[0]?.body).toEqual({
      deploymentId: run.deploymentId,
      status: 'COMPLETED',
      deviceId: device.deviceId,
      userId: String(user.id),
      botOutput: outputs,
    });
    close();
    const nowhere = { fileId, runAsUserIds: [user.id], callbackInfo: { url: 'nowhere' } };
    const refused = await server.call('POST', '/v3/automations/deploy', { token: server.admin, body: nowhere });
    expect(refused.status).toBe(400);
  });

  it('is told of an API Task without a device too', async () => {
    const { told, url, close } = await listenForCallbacks();
    const task = await saveBot(server, 'headless', JSON.stringify(bot(say('done', 'answer'))));
    const { deploymentId } = await deploy(server, 'v4', { botId: task, callbackInfo: { url }, headlessRequest: {} });
    await until('the callback has come', async () => told.length > 0);
    expect(told[0]?.body).toMatchObject({ deploymentId, status: 'COMPLETED', userId: '1' });
    expect(told[0]?.body).not.toHaveProperty('deviceId');
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({ status: 'COMPLETED', callbackInfo: 'set' });
    close();
  });

  it('comes to an API Task that somebody stops, waiting or running', async () => {
    const task = await saveBot(server, 'slow headless', slow(600));
    const headlessRequest = { numberOfExecutions: 6, queueOnSlotsExhaustion: true };
    const { deploymentId } = await deploy(server, 'v4', { botId: task, headlessRequest });
    await until('some are running', async () =>
      (await list(where('deploymentId', deploymentId))).some(({ status }) => status === 'RUNNING'),
    );
    expect((await manage(server, 'stop', deploymentId)).body.manage_action_errors).toEqual([]);
    await until('all are stopped', async () => {
      const runs = await list(where('deploymentId', deploymentId));
      return runs.length === 6 && runs.every(({ status }) => status === 'RUN_ABORTED');
    });
  });
});

describe('an explanation', () => {
  const explain = async (run: Item) =>
    (await server.call('GET', `/signalbox/v1/explain/runs/${run.id}`, { token: server.admin })).body.explanation;

  it('says of a waiting run what it waits for', async () => {
    const small = await runnerByHand(server);
    const own = await runAsUser(server, 'explained');
    await setDefaultDevice(server, own.id, small.deviceId);
    const poolId = await makePool(server, 'explained pool', [small.deviceId]);
    const bound = { fileId, runAsUserIds: [own.id] };
    const first = await onlyRunOf(server, (await deploy(server, 'v3', bound)).deploymentId);
    expect(await explain(first)).toMatchObject({ reason: 'IN_LINE' });
    const [order] = await small.takeRuns();
    expect(await explain(first)).toMatchObject({ reason: 'STAGED', next: expect.any(String) });
    await small.report({ started: [{ id: order.id, version: order.version, startTime: new Date().toISOString() }] });
    expect(await explain(first)).toMatchObject({ reason: 'RUNNING' });
    const second = await onlyRunOf(server, (await deploy(server, 'v3', bound)).deploymentId);
    expect(await explain(second)).toMatchObject({ reason: 'DEVICE_BUSY', text: expect.stringContaining(order.id) });
    const pooled = { ...bound, poolIds: [poolId], overrideDefaultDevice: true };
    const third = await onlyRunOf(server, (await deploy(server, 'v3', pooled)).deploymentId);
    expect(await explain(third)).toMatchObject({ reason: 'POOL_BUSY' });
    const device = async () =>
      (await server.call('GET', `/signalbox/v1/explain/devices/${small.deviceId}`, { token: server.admin })).body;
    expect(await device()).toMatchObject({ explanation: { reason: 'BUSY' }, waiting: 1, runs: [first.id] });
    await small.close();
    expect(await explain(first)).toMatchObject({ reason: 'LOST' });
    expect(await explain(second)).toMatchObject({ reason: 'DEVICE_DISCONNECTED' });
    expect(await explain(third)).toMatchObject({ reason: 'NO_RUNNER' });
    expect(await device()).toMatchObject({ explanation: { reason: 'DEVICE_DISCONNECTED' } });
  });

  it('says of a device that is being emptied why it is given nothing', async () => {
    const drained = await runnerByHand(server);
    const own = await runAsUser(server, 'drained');
    await setDefaultDevice(server, own.id, drained.deviceId);
    await server.room.domain.fleet.health.drain(SYSTEM, Number(drained.deviceId), 'new disk');
    const run = await onlyRunOf(server, (await deploy(server, 'v3', { fileId, runAsUserIds: [own.id] })).deploymentId);
    expect(await drained.takeRuns()).toEqual([]);
    expect(await explain(run)).toMatchObject({ reason: 'DEVICE_DRAINING' });
  });
});

describe('an old run', () => {
  it('is forgotten after the days that are set, with all that belongs to it', async () => {
    const { runs } = server.room.domain;
    const run = await ran();
    const uuid = run.id.slice(0, 36);
    const path = `/runs/${uuid}/1/artifacts/${encodeURIComponent('a/b.txt')}`;
    expect((await device.call('PUT', path, 'left behind')).status).toBe(204);
    // Longer than any token lives: the domain is asked directly.
    await server.advance({ hours: 24 * 29 });
    await runs.sweeps.forget();
    expect((await runs.activity.get(SYSTEM, uuid)).status).toBe('COMPLETED');
    expect((await runs.artifacts.read(uuid, 'a/b.txt')).toString()).toBe('left behind');
    await server.advance({ hours: 48 });
    expect(await runs.sweeps.forget()).toBeGreaterThan(0);
    await expect(runs.activity.get(SYSTEM, uuid)).rejects.toMatchObject({ kind: 'notFound' });
    expect(await runs.artifacts.list(uuid)).toEqual([]);
  });
});
