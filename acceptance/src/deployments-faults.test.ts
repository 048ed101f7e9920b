import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, callServer } from '../../apps/control-room/test-support/server.ts';
import { holdBack } from './support/held-back.ts';
import { freePort, isReady, type Program, startProgram, until } from './support/processes.ts';
import { bot, log, say, wait } from './support/runner.ts';

/** kill -9 for the runner and for the server, at each moment in the life of a run. Both are processes of their own. */
const PASSWORD = 'a-password-for-the-faults';
let folder: string;
let url: string;
let env: Record<string, string>;
let server: Program;
let runner: Program;
let token: string;
let deviceId = '';
let bots = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-run-faults-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = {
    PORT: String(port),
    SIGNALBOX_DATA_DIR: join(folder, 'data'),
    SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
    SIGNALBOX_LOG_LEVEL: 'warn',
  };
  await startServer();
  await logIn();
  const registration = (await call('POST', '/signalbox/v1/runner-tokens', {})).body.token;
  startRunner(registration);
  await connected();
  deviceId = (await devices())[0]?.id ?? '';
  const me = (await call('GET', '/v1/usermanagement/users/1')).body;
  await call('PUT', '/v1/usermanagement/users/1', { ...me, licenseFeatures: ['RUNTIME'] });
});
afterEach(async () => {
  await logIn();
  if (runner.child.exitCode !== null || runner.child.signalCode !== null) startRunner();
  await connected();
});
afterAll(async () => {
  await runner?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<void> {
  server = startProgram('apps/control-room/src/main.ts', env);
  await until(`the server is up: ${server.output()}`, isReady(url));
}

function startRunner(registration?: string, server = url): void {
  runner = startProgram('apps/runner/src/main.ts', {
    SIGNALBOX_URL: server,
    SIGNALBOX_RUNNER_DIR: join(folder, 'runner'),
    SIGNALBOX_RUNNER_CAPACITY: '1',
    SIGNALBOX_LOG_LEVEL: 'warn',
    ...(registration === undefined ? {} : { SIGNALBOX_RUNNER_TOKEN: registration }),
  });
}

async function logIn(): Promise<void> {
  const body = { username: 'admin', password: PASSWORD, multipleLogin: true };
  token = (await callServer(url, 'POST', '/v2/authentication', { body })).body.token;
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await callServer(url, method, path, { token, body });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer;
}

const devices = async (): Promise<{ id: string; status: string }[]> =>
  (await call('POST', '/v2/devices/list', {})).body.list;
const connected = () => until('the device is connected', async () => (await devices())[0]?.status === 'CONNECTED');

async function deploy(...nodes: object[]): Promise<string> {
  const file = (
    await call('POST', '/v2/repository/files', {
      name: `bot ${++bots}`,
      contentType: 'application/vnd.aa.taskbot',
      parentFolderId: '2',
    })
  ).body;
  await call('PUT', `/v2/repository/files/${file.id}/content`, bot(...nodes));
  const attendedRequest = { currentUserDeviceId: deviceId, queueDeployment: true };
  return (await call('POST', '/v4/automations/deploy', { botId: file.id, attendedRequest })).body.deploymentId;
}

async function run(deploymentId: string): Promise<Answer['body']> {
  const filter = { operator: 'eq', field: 'deploymentId', value: deploymentId };
  return (await call('POST', '/v3/activity/list', { filter })).body.list[0];
}

const untilIt = (deploymentId: string, status: string) =>
  until(`the run is ${status}`, async () => (await run(deploymentId)).status === status);

/** As the device knows it: that the server says so may be a moment before the runner has heard its answer. */
const begun = (name: string) => until('the bot has begun', () => access(join(folder, name)).then(() => true));

const inOutbox = (id: string) =>
  until('the result is on the disk of the runner', async () =>
    (await readFile(join(folder, 'runner', 'run-outbox.jsonl'), 'utf8')).includes(id.slice(0, 36)),
  );

describe('kill -9 of the runner', () => {
  it('with the bot ready, before the server has heard that it begins: nothing of it has run, and it runs once', async () => {
    await runner.kill();
    const door = await holdBack('/runner/v1/runs/report', url);
    startRunner(undefined, door.url);
    await connected();
    const deploymentId = await deploy(log(join(folder, 'once'), 'begun'), say('done'));
    await until('the runner asks to begin', async () => door.held() > 0);
    await runner.kill();
    door.close();
    startRunner();
    await untilIt(deploymentId, 'COMPLETED');
    expect(await readFile(join(folder, 'once'), 'utf8')).toBe('begun\n');
  });

  it('before the bot begins: the run waits again, and runs', async () => {
    // Its poll is open: what is deployed now is given to it, and it cannot begin.
    runner.child.kill('SIGSTOP');
    const deploymentId = await deploy(say('done'));
    await untilIt(deploymentId, 'DEPLOYED');
    await runner.kill();
    startRunner();
    await untilIt(deploymentId, 'COMPLETED');
  });

  it('in the middle of the bot: the run is UNKNOWN, and never run again', async () => {
    const deploymentId = await deploy(wait(60_000));
    await untilIt(deploymentId, 'RUNNING');
    await runner.kill();
    startRunner();
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
    await startServer();
    await logIn();
    expect((await run(deploymentId)).status).toBe('RUNNING');
    startRunner();
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
    await startServer();
    await logIn();
    await untilIt(deploymentId, 'COMPLETED');
    expect(await run(deploymentId)).toMatchObject({
      deviceId,
      botOutVariables: { values: { answer: { type: 'STRING', string: 'done' } } },
    });
  });
});
