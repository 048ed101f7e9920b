import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../apps/control-room/test-support/server.ts';
import { holdBack } from './support/held-back.ts';
import { type KillableRunner, onlyDevice, startKillableRunner } from './support/killable-runner.ts';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { until } from './support/processes.ts';
import { bot, log, say, wait } from './support/runner.ts';

/** kill -9 for the runner and for the server, at each moment in the life of a run. Both are processes of their own. */
let folder: string;
let server: KillableServer;
let runner: KillableRunner;
let deviceId = '';
let bots = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-run-faults-'));
  server = await startKillableServer(folder);
  runner = await startKillableRunner(server, folder);
  deviceId = await onlyDevice(server);
  const me = await server.insist('GET', '/v1/usermanagement/users/1');
  await server.insist('PUT', '/v1/usermanagement/users/1', { ...me, licenseFeatures: ['RUNTIME'] });
});
afterEach(async () => {
  if (!runner.runs()) runner.start();
  await onlyDevice(server);
});
afterAll(async () => {
  await runner?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function deploy(...nodes: object[]): Promise<string> {
  const file = await server.insist('POST', '/v2/repository/files', {
    name: `bot ${++bots}`,
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  await server.insist('PUT', `/v2/repository/files/${file.id}/content`, bot(...nodes));
  const attendedRequest = { currentUserDeviceId: deviceId, queueDeployment: true };
  return (await server.insist('POST', '/v4/automations/deploy', { botId: file.id, attendedRequest })).deploymentId;
}

async function run(deploymentId: string): Promise<Answer['body']> {
  const filter = { operator: 'eq', field: 'deploymentId', value: deploymentId };
  return (await server.insist('POST', '/v3/activity/list', { filter })).list[0];
}

const untilIt = (deploymentId: string, status: string) =>
  until(`the run is ${status}`, async () => (await run(deploymentId)).status === status);

/** As the device knows it: that the server says so may be a moment before the runner has heard its answer. */
const begun = (name: string) => until('the bot has begun', () => access(join(folder, name)).then(() => true));

const inOutbox = (id: string) =>
  until('the result is on the disk of the runner', async () =>
    (await readFile(join(runner.dataDir, 'run-outbox.jsonl'), 'utf8')).includes(id.slice(0, 36)),
  );

describe('kill -9 of the runner', () => {
  it('with the bot ready, before the server has heard that it begins: nothing of it has run, and it runs once', async () => {
    await runner.kill();
    const door = await holdBack('/runner/v1/runs/report', server.url);
    runner.start(door.url);
    await onlyDevice(server);
    const deploymentId = await deploy(log(join(folder, 'once'), 'begun'), say('done'));
    await until('the runner asks to begin', async () => door.held() > 0);
    await runner.kill();
    door.close();
    runner.start();
    await untilIt(deploymentId, 'COMPLETED');
    expect(await readFile(join(folder, 'once'), 'utf8')).toBe('begun\n');
  });

  it('before the bot begins: the run waits again, and runs', async () => {
    // Its poll is open: what is deployed now is given to it, and it cannot begin.
    runner.fallAsleep();
    const deploymentId = await deploy(say('done'));
    await untilIt(deploymentId, 'DEPLOYED');
    await runner.kill();
    runner.start();
    await untilIt(deploymentId, 'COMPLETED');
  });

  it('in the middle of the bot: the run is UNKNOWN, and never run again', async () => {
    const deploymentId = await deploy(wait(60_000));
    await untilIt(deploymentId, 'RUNNING');
    await runner.kill();
    runner.start();
    await untilIt(deploymentId, 'UNKNOWN');
    const after = await deploy(say('after'));
    await untilIt(after, 'COMPLETED');
    expect(await run(deploymentId)).toMatchObject({ status: 'UNKNOWN', message: expect.stringMatching(/not known/) });
  });

  it('after the bot has ended and before that was told: it is told at the next start', async () => {
    const deploymentId = await deploy(log(join(folder, 'one'), 'begun'), wait(5_000), say('done', 'answer'));
    await begun('one');
    const { id } = await run(deploymentId);
    await server.kill();
    await inOutbox(id);
    await runner.kill();
    await server.start();
    expect((await run(deploymentId)).status).toBe('RUNNING');
    runner.start();
    await untilIt(deploymentId, 'COMPLETED');
    expect((await run(deploymentId)).botOutVariables.values.answer).toEqual({ type: 'STRING', string: 'done' });
  });
});

describe('kill -9 of the server', () => {
  it('in the middle of the bot: the bot goes on, and its end is told when the server is back', async () => {
    const deploymentId = await deploy(log(join(folder, 'two'), 'begun'), wait(5_000), say('done', 'answer'));
    await begun('two');
    const { id } = await run(deploymentId);
    await server.kill();
    await inOutbox(id);
    await server.start();
    await untilIt(deploymentId, 'COMPLETED');
    expect(await run(deploymentId)).toMatchObject({
      deviceId,
      botOutVariables: { values: { answer: { type: 'STRING', string: 'done' } } },
    });
  });
});
