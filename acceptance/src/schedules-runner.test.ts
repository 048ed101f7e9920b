import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { runAsUser, saveTaskBot, setDefaultDevice, settledRuns } from './support/deployments.ts';
import { until } from './support/processes.ts';
import { bot, type RunnerProgram, say, startRunner } from './support/runner.ts';
import { schedule, untilDecided } from './support/schedules.ts';

/** From the time of a schedule to the bot on a device, and from its end to the next bot: with a real runner. */
let server: TestServer;
let runner: RunnerProgram;

beforeAll(async () => {
  server = await startTestServer();
  runner = await startRunner(server);
});
afterAll(async () => {
  await runner?.kill();
  if (runner) await rm(runner.dataDir, { recursive: true, force: true });
  await server?.stop();
});

describe('a schedule', () => {
  it('runs its bot with its input, and a trigger on its end runs the next with what happened', async () => {
    const alice = await runAsUser(server, 'alice');
    await setDefaultDevice(server, alice.id, runner.deviceId);
    const first = await saveTaskBot(server, 'first', bot(say('Hello, $greeting$!', 'answer')));
    const second = await saveTaskBot(server, 'second', bot(say('It was: $greeting$', 'answer')));
    const unattendedRequest = { runAsUserIds: [alice.id] };
    const made = await schedule(server, {
      schedule: { name: 'first', scheduleType: 'INSTANT', status: 'DRAFT' },
      deployment: { botId: first, unattendedRequest, botInput: { greeting: { type: 'STRING', string: 'night' } } },
    });
    const trigger = await server.call('POST', '/signalbox/v1/triggers', {
      token: server.admin,
      body: {
        name: 'then',
        kind: 'SCHEDULE_END',
        settings: { scheduleId: made.id, statuses: ['COMPLETED'] },
        inputVariable: 'greeting',
        deployment: { botId: second, unattendedRequest },
      },
    });
    expect(trigger.status, trigger.text).toBe(201);
    await server.call('PUT', '/v2/schedule/automations/activate', { token: server.admin, body: [made.id] });
    const [occurrence] = await untilDecided(server, made.id, 1);
    const [run] = await settledRuns(server, occurrence?.deploymentId);
    expect(run).toMatchObject({ status: 'COMPLETED', userId: String(alice.id) });
    expect(run.botOutVariables.values.answer.string).toBe('Hello, night!');

    let next: string | undefined;
    await until('the trigger has acted', async () => {
      const { body } = await server.call('GET', `/signalbox/v1/triggers/${trigger.body.id}/evaluations`, {
        token: server.admin,
      });
      next = body.list[0]?.deploymentId;
      return next !== undefined && next !== null;
    });
    const [after] = await settledRuns(server, next ?? '');
    expect(after.botOutVariables.values.answer.string).toBe(
      `It was: ${JSON.stringify({ scheduleId: Number(made.id), deploymentId: occurrence?.deploymentId, status: 'COMPLETED', unfinished: 0 })}`,
    );
  });
});
