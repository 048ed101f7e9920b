import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { makePool, onlyRunOf, runAsUser, runsOf, saveTaskBot, setDefaultDevice } from './support/deployments.ts';
import { bot, say } from './support/runner.ts';
import { type RunnerByHand, runnerByHand } from './support/runner-by-hand.ts';

/** What clients send to the three versions of deploy, and what they are told (contract a §9, §14, §16). */
const VIEW = 29;
const RUN = 7;
let server: TestServer;
let fileId: string;
let device: RunnerByHand;
let poolId: string;
let withDevice: { id: number; username: string };
let without: { id: number; username: string };
let disabled: { id: number; username: string };

beforeAll(async () => {
  server = await startTestServer();
  fileId = await saveTaskBot(server, 'any', bot(say('x')));
  device = await runnerByHand(server, 50);
  poolId = await makePool(server, 'pool', [device.deviceId]);
  withDevice = await runAsUser(server, 'with-device');
  without = await runAsUser(server, 'without-device');
  disabled = await runAsUser(server, 'disabled', { disabled: true });
  await setDefaultDevice(server, withDevice.id, device.deviceId);
  await setDefaultDevice(server, 1, device.deviceId);
});
afterAll(() => server?.stop());

const post = (
  version: string,
  body: unknown,
  token = server.admin,
  headers: Record<string, string> = {},
): Promise<Answer> => server.call('POST', `/${version}/automations/deploy`, { token, body, headers });
const v4 = (unattendedRequest: object) => post('v4', { botId: fileId, unattendedRequest });

describe('deploy v3', () => {
  it('takes what sloppy clients send: no Content-Type, odd letter case, nulls, numbers as texts', async () => {
    const body = JSON.stringify({
      FileId: fileId,
      runasuserids: [String(withDevice.id)],
      poolIds: null,
      overrideDefaultDevice: 'False',
      numOfRunAsUsersToUse: '1',
      botInput: { a: { string: 'x' }, b: null, c: { type: 'number', number: 5 }, unknown: 'bare' },
      callBackInfo: null,
      multiLogin: true,
    });
    const response = await fetch(`${server.url}//v3/automations/deploy`, {
      method: 'POST',
      headers: { 'x-authorization': server.admin },
      body: new Blob([body]),
    });
    expect(response.status).toBe(200);
    const { deploymentId } = (await response.json()) as { deploymentId: string };
    const [order] = await device.takeRuns();
    expect(order).toMatchObject({
      deploymentId,
      botInput: {
        a: { type: 'STRING', string: 'x' },
        c: { type: 'NUMBER', number: 5 },
        unknown: { type: 'STRING', string: 'bare' },
      },
    });
  });

  it('takes botId for fileId, and without run-as users runs attended on the caller’s own device', async () => {
    const answer = await post('v3', { botId: Number(fileId), callBackInfo: null });
    expect(answer.status, answer.text).toBe(200);
    const run = await onlyRunOf(server, answer.body.deploymentId);
    expect(run).toMatchObject({ deviceId: device.deviceId, userId: '1', initiationType: 'ATTENDED' });
  });

  it('refuses users who are deleted or disabled in the documented words', async () => {
    for (const id of [disabled.id, 424_242]) {
      const answer = await post('v3', { fileId, runAsUserIds: [withDevice.id, id] });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        code: expect.any(String),
        message: 'INVALID_ARGUMENT: Some or all of the run-as users are deleted or disabled.',
        details: expect.stringContaining(String(id)),
      });
    }
  });

  it('refuses an unknown type word, and nothing else about an input', async () => {
    const wrong = await post('v3', { fileId, runAsUserIds: [withDevice.id], botInput: { a: { type: 'BANANA' } } });
    expect(wrong).toMatchObject({ status: 400, body: { message: expect.stringMatching(/"a" is of no known type/) } });
    for (const type of ['RECORD', 'EXCEPTION', 'HOTKEY', 'WORKITEM']) {
      const answer = await post('v3', { fileId, runAsUserIds: [withDevice.id], botInput: { nobody: { type } } });
      expect(answer.status, answer.text).toBe(200);
    }
    const empty = await post('v3', { fileId, runAsUserIds: [withDevice.id], botInput: '' });
    expect(empty.status, empty.text).toBe(200);
  });

  it('answers 412 without a device, and 404 for a bot that is not there, with a body', async () => {
    expect(await post('v3', { fileId, runAsUserIds: [without.id] })).toMatchObject({
      status: 412,
      body: {
        code: expect.any(String),
        message: expect.stringContaining('without-device'),
        details: expect.any(String),
      },
    });
    expect(await post('v3', { fileId: 987_654, runAsUserIds: [withDevice.id] })).toMatchObject({
      status: 404,
      body: { code: expect.any(String), message: expect.any(String), details: expect.any(String) },
    });
    expect((await post('v3', {})).status).toBe(400);
  });

  it('prefers the default device, and takes the pool when that is overridden or missing', async () => {
    const preferred = await post('v3', { fileId, runAsUserIds: [withDevice.id], poolIds: [poolId] });
    expect(await onlyRunOf(server, preferred.body.deploymentId)).toMatchObject({ deviceId: device.deviceId });
    const overridden = await post('v3', {
      fileId,
      runAsUserIds: [withDevice.id],
      poolIds: [poolId],
      overrideDefaultDevice: true,
    });
    expect(await onlyRunOf(server, overridden.body.deploymentId)).toMatchObject({ deviceId: '', status: 'QUEUED' });
    const missing = await post('v3', { fileId, runAsUserIds: [without.id], poolIds: [poolId] });
    expect(await onlyRunOf(server, missing.body.deploymentId)).toMatchObject({ deviceId: '', status: 'QUEUED' });
    expect((await post('v3', { fileId, runAsUserIds: [without.id], poolIds: [99] })).status).toBe(400);
  });
});

describe('deploy v4', () => {
  it('wants exactly one request, and pools where pools are to be used', async () => {
    expect((await post('v4', { botId: fileId })).status).toBe(400);
    expect((await post('v4', { botId: fileId, unattendedRequest: {}, attendedRequest: {} })).status).toBe(400);
    expect(
      await v4({ runAsUserIds: [withDevice.id], deviceUsageType: 'RUN_ON_POOL_DEVICES', poolIds: [] }),
    ).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^INVALID_ARGUMENT/) },
    });
    expect(
      (await v4({ runAsUserIds: [without.id], deviceUsageType: 'RUN_ONLY_ON_DEFAULT_DEVICE', poolIds: [poolId] }))
        .status,
    ).toBe(412);
    expect((await v4({ runAsUserIds: [withDevice.id], deviceUsageType: 'SOMEWHERE' })).status).toBe(400);
  });

  it('uses as many of the users as it is told, those with a device first', async () => {
    const answer = await v4({ runAsUserIds: [without.id, withDevice.id], numOfRunAsUsersToUse: 1 });
    expect(answer.status, answer.text).toBe(200);
    expect((await runsOf(server, answer.body.deploymentId)).map(({ userName }) => userName)).toEqual(['with-device']);
    const both = await v4({
      runAsUserIds: [withDevice.id, without.id, without.id],
      poolIds: [poolId],
      numOfRunAsUsersToUse: 9,
    });
    expect(await runsOf(server, both.body.deploymentId)).toHaveLength(2);
  });

  it('keeps name, description and priority, and lets only some deploy with the highest', async () => {
    const answer = await post('v4', {
      botId: fileId,
      automationName: 'Nightly',
      description: 'as every night',
      automationPriority: 'PRIORITY_LOW',
      runElevated: true,
      executionType: 'RUN_NOW',
      callbackInfo: { headers: { 'x-key': 'y' } },
      unattendedRequest: { runAsUserIds: [String(withDevice.id)] },
    });
    expect(answer.body).toEqual({ deploymentId: expect.any(String), automationName: 'Nightly' });
    expect(await onlyRunOf(server, answer.body.deploymentId)).toMatchObject({
      automationName: 'Nightly',
      automationPriority: 'PRIORITY_LOW',
      runElevated: true,
      callbackInfo: '',
      type: 'RUN_NOW',
    });
    const developer = await server.user([VIEW, RUN], 'developer');
    const urgent = {
      botId: fileId,
      automationPriority: 'PRIORITY_HIGH',
      attendedRequest: { deploymentDeviceId: device.deviceId },
    };
    expect(await post('v4', urgent, developer.token)).toMatchObject({
      status: 403,
      body: { details: expect.stringContaining('setautomationpriority') },
    });
  });

  it('refuses a busy device when it may not wait, and lets it wait when it may', async () => {
    const small = await runnerByHand(server);
    const attended = (more: object = {}) =>
      post('v4', { botId: fileId, attendedRequest: { deploymentDeviceId: small.deviceId, ...more } });
    expect((await attended()).status).toBe(200);
    await small.takeRuns();
    expect(await attended()).toMatchObject({ status: 400, body: { message: expect.stringMatching(/busy/) } });
    const waiting = await attended({ queueDeployment: true });
    expect(waiting.status, waiting.text).toBe(200);
    expect((await onlyRunOf(server, waiting.body.deploymentId)).status).toBe('PENDING_EXECUTION');
    await small.close();
    expect((await attended()).status).toBe(412);
  });

  it('is for those who may see and run the bot', async () => {
    const body = { botId: fileId, attendedRequest: { deploymentDeviceId: device.deviceId } };
    expect((await post('v4', body, (await server.user([VIEW], 'viewer')).token)).status).toBe(403);
    const stranger = await server.user([VIEW, RUN], 'stranger');
    // Nor may he send it to a device that is not his.
    expect((await post('v4', body, stranger.token)).status).toBe(404);
    expect((await post('v3', { fileId, runAsUserIds: [withDevice.id] }, stranger.token)).body.message).toMatch(
      /^INVALID_ARGUMENT/,
    );
  });
});

describe('deploy v2', () => {
  it('runs on the named devices, with the older name of the input, and answers a number', async () => {
    const answer = await post('v2', {
      fileId: Number(fileId),
      deviceIds: [device.deviceId],
      runWithRdp: true,
      botVariables: { greeting: { string: 'x' } },
      scheduleType: 'INSTANT',
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.automationId).toMatch(/^\d+$/);
    const filter = { operator: 'eq', field: 'automationId', value: answer.body.automationId };
    const found = await server.call('POST', '/v2/activity/list', { token: server.admin, body: { filter } });
    expect(found.body.list).toEqual([expect.objectContaining({ deviceId: device.deviceId, usingRdp: true })]);
  });

  it('answers 404 for an unknown device and 400 for one that is not active', async () => {
    expect((await post('v2', { fileId, deviceIds: ['4711'] })).status).toBe(404);
    const away = await runnerByHand(server);
    await away.close();
    expect((await post('v2', { fileId, deviceIds: [away.deviceId] })).status).toBe(400);
  });
});

describe('an answer that is asked for twice', () => {
  it('is the same deployment under its Idempotency-Key', async () => {
    const body = { fileId, runAsUserIds: [withDevice.id] };
    const headers = { 'idempotency-key': 'once-only' };
    const first = await post('v3', body, server.admin, headers);
    const second = await post('v3', body, server.admin, headers);
    expect(second.body).toEqual(first.body);
    expect(await runsOf(server, first.body.deploymentId)).toHaveLength(1);
  });
});
