import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import {
  deploy,
  makePool,
  runAsUser,
  saveTaskBot,
  setDefaultDevice,
  settledRuns,
  untilRun,
} from './support/deployments.ts';
import { bot, expression, node, type RunnerProgram, say, startRunner, text, wait } from './support/runner.ts';

/** Deployments to a real runner process, by the contract's words. */
let server: TestServer;
let runner: RunnerProgram;
let alice: { id: number; username: string };

beforeAll(async () => {
  server = await startTestServer();
  runner = await startRunner(server);
  alice = await runAsUser(server, 'alice');
  await setDefaultDevice(server, alice.id, runner.deviceId);
});
afterAll(async () => {
  await runner?.kill();
  await rm(runner.dataDir, { recursive: true, force: true });
  await server?.stop();
});

const greeting = bot(
  node('MessageBox', 'messageBox', { title: text('t'), content: expression('greeting $greeting$') }),
  say('Hello, $greeting$!', 'answer'),
);

describe('a deployment', () => {
  it('runs a bot with its input on the default device of its run-as user', async () => {
    const fileId = await saveTaskBot(server, 'greet', greeting);
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
    const run = await untilRun(server, receipt.deploymentId, 'COMPLETED', 'RUN_FAILED', 'DEPLOY_FAILED');
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
});
