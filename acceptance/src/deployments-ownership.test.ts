import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  untilRun,
} from './support/deployments.ts';
import { bot, say } from './support/runner.ts';
import { type RunnerByHand, runnerByHand } from './support/runner-by-hand.ts';

/** Whose a run is, and what counts: with runners that do only what the test says, and a clock that the test moves. */
let server: TestServer;
let fileId: string;
let user: { id: number; username: string };
let device: RunnerByHand;
let users = 0;

beforeAll(async () => {
  server = await startTestServer();
  fileId = await saveTaskBot(server, 'any', bot(say('x')));
});
beforeEach(async () => {
  user = await runAsUser(server, `owner-${++users}`);
  device = await runnerByHand(server);
  await setDefaultDevice(server, user.id, device.deviceId);
});
afterAll(() => server?.stop());

const deployTo = (more: object = {}) => deploy(server, 'v3', { fileId, runAsUserIds: [user.id], ...more });
const now = () => new Date().toISOString();
const ended = (run: { id: string; version: number }, status = 'COMPLETED', more: object = {}) => ({
  results: [{ id: run.id, version: run.version, status, ...more }],
});

describe('a runner that waits', () => {
  it('is told of a deployment at once, and of nothing for another device', async () => {
    const other = await runnerByHand(server);
    const waiting = device.takeRuns(30);
    const { deploymentId } = await deployTo();
    const [run] = await waiting;
    expect(run).toMatchObject({
      version: 1,
      deploymentId,
      kind: 'UNATTENDED',
      bot: { fileId: Number(fileId), bundle: expect.any(String) },
      runAsUser: { id: user.id },
    });
    expect((await onlyRunOf(server, deploymentId)).status).toBe('DEPLOYED');
    expect((await other.take()).body).toEqual({ assignments: [], runs: [], commands: [], robots: [] });
  });

  it('is given as many as it has slots, counted from what it holds', async () => {
    const { deploymentId: first } = await deployTo();
    const { deploymentId: second } = await deployTo();
    const [run, ...more] = await device.takeRuns();
    expect([run.deploymentId, more]).toEqual([first, []]);
    expect((await onlyRunOf(server, second)).status).toBe('PENDING_EXECUTION');
    expect(await device.takeRuns()).toEqual([]);
    const waiting = device.takeRuns(30);
    await device.report(ended(run));
    expect((await waiting).map(({ deploymentId }) => deploymentId)).toEqual([second]);
  });

  it('fetches the bot of a run that it has, and of no other', async () => {
    await deployTo();
    const [run] = await device.takeRuns();
    const bundle = await device.call('GET', `/runs/${run.id}/bundle`);
    expect(bundle.body).toMatchObject({
      hash: run.bot.bundle,
      files: [expect.objectContaining({ path: run.bot.path })],
    });
    expect((await (await runnerByHand(server)).call('GET', `/runs/${run.id}/bundle`)).status).toBe(404);
  });

  it('is told what people want of a run at once, and again until it has been done', async () => {
    const { deploymentId } = await deployTo();
    const [{ id, version }] = await device.takeRuns();
    await device.report({ started: [{ id, version, startTime: now(), totalLines: 3 }] });
    const waiting = device.take(30);
    expect((await manage(server, 'pause', deploymentId)).body.manage_action_errors).toEqual([]);
    expect((await waiting).body.commands).toEqual([{ id, version, command: 'PAUSE' }]);
    expect((await device.take()).body.commands).toEqual([]);
    expect((await device.heartbeat([{ id, version }])).commands).toEqual([{ id, version, command: 'PAUSE' }]);
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({ status: 'RUNNING', command: 'PAUSE' });
    await device.report({ paused: [{ id, version, paused: true }] });
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({ status: 'RUN_PAUSED', command: '' });
    expect((await device.heartbeat([{ id, version }])).commands).toEqual([]);
  });
});

describe('the word of a runner', () => {
  it('counts once, and never again', async () => {
    const { deploymentId } = await deployTo();
    const [run] = await device.takeRuns();
    const outputs = { answer: { type: 'NUMBER', number: '42' } };
    expect(await device.report(ended(run, 'COMPLETED', { outputs, totalLines: 7 }))).toEqual({
      accepted: 1,
      refused: [],
      begun: [],
    });
    expect(await device.report(ended(run, 'RUN_FAILED'))).toEqual({ accepted: 0, refused: [run.id], begun: [] });
    await device.report({ started: [{ id: run.id, version: run.version, startTime: now() }], handedBack: [run] });
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({
      status: 'COMPLETED',
      currentLine: 7,
      totalLines: 7,
      botOutVariables: { values: outputs },
    });
  });

  it('lets a bot begin while the run is its own, and says so again to whoever missed the answer', async () => {
    await deployTo();
    const [run] = await device.takeRuns();
    const started = [{ id: run.id, version: run.version, startTime: now() }];
    const other = await runnerByHand(server);
    expect((await other.report({ started })).begun).toEqual([]);
    expect((await device.report({ started })).begun).toEqual([run.id]);
    expect((await device.report({ started })).begun).toEqual([run.id]);
    await device.connect();
    expect((await device.report({ started })).begun).toEqual([]);
  });

  it('does not count from another device, nor under another version', async () => {
    const { deploymentId } = await deployTo();
    const [run] = await device.takeRuns();
    const other = await runnerByHand(server);
    expect((await other.report(ended(run))).refused).toEqual([run.id]);
    expect((await device.report(ended({ ...run, version: 9 }))).refused).toEqual([run.id]);
    expect((await onlyRunOf(server, deploymentId)).status).toBe('DEPLOYED');
  });

  it('does not count after its lease, and a run that had not begun is somebody else’s by then', async () => {
    const other = await runnerByHand(server);
    const poolId = await makePool(server, `pool ${users}`, [device.deviceId, other.deviceId]);
    const { deploymentId } = await deployTo({ poolIds: [poolId], overrideDefaultDevice: true });
    const [late] = await device.takeRuns();
    for (let seconds = 0; seconds < 60; seconds += 20) {
      await server.advance({ seconds: 20 });
      await other.heartbeat([]);
    }
    await server.advance({ seconds: 5 });
    const [again] = await other.takeRuns(30);
    expect(again).toMatchObject({ id: late.id, version: late.version + 2 });
    expect((await device.report(ended(late))).refused).toEqual([late.id]);
    expect((await other.report(ended(again))).accepted).toBe(1);
    expect(await onlyRunOf(server, deploymentId)).toMatchObject({ status: 'COMPLETED', deviceId: other.deviceId });
  });

  it('does not count after its lease when the bot had begun: the run is UNKNOWN and stays so', async () => {
    const { deploymentId } = await deployTo();
    const [{ id, version }] = await device.takeRuns();
    await device.report({ started: [{ id, version, startTime: now(), totalLines: 3 }] });
    await server.advance({ seconds: 61 });
    const run = await untilRun(server, deploymentId, 'UNKNOWN');
    expect(run.endDateTime).not.toBe('');
    expect((await device.report(ended({ id, version }))).refused).toEqual([id]);
    await device.connect();
    expect(await device.takeRuns()).toEqual([]);
    const audited = await server.call('PUT', '/v1/activity/auditunknown', {
      token: server.admin,
      body: `"${run.id}"`,
      headers: { 'content-type': 'text/plain', accept: 'text/json' },
    });
    expect(audited.status, audited.text).toBe(200);
    expect(await runsOf(server, deploymentId)).toEqual([]);
    const read = await server.call('GET', `/v3/activity/execution/${run.id}`, { token: server.admin });
    expect(read.body.status).toBe('UNKNOWN');
  });
});

describe('a session that ends', () => {
  it('hands back what had not begun, and leaves what had begun UNKNOWN', async () => {
    const two = await runnerByHand(server, 2);
    await setDefaultDevice(server, user.id, two.deviceId);
    const { deploymentId: first } = await deployTo();
    const { deploymentId: second } = await deployTo();
    const [begun] = await two.takeRuns();
    await two.report({ started: [{ id: begun.id, version: begun.version, startTime: now() }] });
    await two.close();
    expect((await onlyRunOf(server, first)).status).toBe('UNKNOWN');
    expect(await onlyRunOf(server, second)).toMatchObject({ status: 'QUEUED', deviceId: two.deviceId });
  });

  it('is ended by the next one of its device', async () => {
    const { deploymentId } = await deployTo();
    const [lost] = await device.takeRuns();
    await device.connect();
    const [again] = await device.takeRuns();
    expect(again).toMatchObject({ id: lost.id, version: lost.version + 2 });
    expect((await device.report(ended(lost))).refused).toEqual([lost.id]);
    await device.report(ended(again));
    expect((await onlyRunOf(server, deploymentId)).status).toBe('COMPLETED');
  });

  it('is not needed to take back what an answer lost on its way had told', async () => {
    const { deploymentId } = await deployTo();
    const [run] = await device.takeRuns();
    for (let seconds = 0; seconds < 60; seconds += 20) {
      expect((await onlyRunOf(server, deploymentId)).status).toBe('DEPLOYED');
      await server.advance({ seconds: 20 });
      expect((await device.heartbeat([])).live).toBe(true);
    }
    expect((await onlyRunOf(server, deploymentId)).status).toBe('QUEUED');
    expect((await device.takeRuns())[0]).toMatchObject({ id: run.id });
  });
});

describe('a device that loses run after run', () => {
  it('is set apart and tried again later', async () => {
    for (let losses = 0; losses < 3; losses++) {
      const { deploymentId } = await deployTo();
      const [{ id, version }] = await device.takeRuns();
      await device.report({ started: [{ id, version, startTime: now() }] });
      await device.connect();
      expect((await onlyRunOf(server, deploymentId)).status).toBe('UNKNOWN');
    }
    const { deploymentId } = await deployTo();
    const { id } = await onlyRunOf(server, deploymentId);
    expect(await device.takeRuns()).toEqual([]);
    const explain = await server.call('GET', `/signalbox/v1/explain/runs/${id}`, { token: server.admin });
    expect(explain.body.explanation).toMatchObject({ reason: 'DEVICE_QUARANTINED', next: expect.any(String) });
    await server.advance({ minutes: 6 });
    await device.connect();
    expect((await device.takeRuns()).map((run) => run.deploymentId)).toEqual([deploymentId]);
  });
});
