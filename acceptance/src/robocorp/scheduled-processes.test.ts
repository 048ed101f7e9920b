import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../apps/control-room/src/domain/identity/index.ts';
import { ADMIN_PASSWORD, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { until } from '../support/bots.ts';
import { type ProcessEstate, startProcessEstate, type TestProcess } from '../support/processes-by-hand.ts';
import {
  history,
  type Item,
  present,
  read,
  schedule,
  setStage,
  startIn,
  startMovingServer,
  twoParts,
  untilDecided,
} from '../support/schedules.ts';

/** Contract robocorp §4.5, §11.4: runs of processes that schedules and triggers begin. */
let estate: ProcessEstate;
let server: TestServer;
let { get, post, newProcess } = {} as ProcessEstate;
/** Not an administrator, who belongs to every workspace. */
let member: Awaited<ReturnType<TestServer['user']>>;

beforeAll(async () => {
  estate = await startProcessEstate({}, startMovingServer);
  ({ server, get, post, newProcess } = estate);
  const ids = PERMISSIONS.filter(({ name }) => name.startsWith('taskscheduling.')).map(({ id }) => id);
  member = await server.user(ids, 'leaver');
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, path, { token, body });
const deploymentOf = ({ id }: TestProcess, payloads?: readonly unknown[]): object => ({
  processRequest: { workspaceId: estate.workspace.id, processId: id, ...(payloads ? { payloads } : {}) },
});
const itemsOf = async (runId: string): Promise<Item[]> =>
  Promise.all((await get(`/work-items?process_run_id=${runId}`)).data.map(({ id }: Item) => get(`/work-items/${id}`)));
const payloadsOf = async (runId: string) => (await itemsOf(runId)).map(({ payload }) => payload);
async function settle(runId: string, asDone = true): Promise<void> {
  await post(`/process-runs/${runId}/stop`, {
    set_remaining_work_items_as_done: asDone,
    terminate_ongoing_activity_runs: true,
  });
  await estate.inState(runId, asDone ? 'completed' : 'unresolved');
}

async function daily(process: TestProcess, more: object = {}, token = server.admin): Promise<Item> {
  const start = await startIn(server, { hours: 2 });
  const body = {
    schedule: { name: 'daily', scheduleType: 'DAILY', ...start, ...more },
    deployment: deploymentOf(process),
  };
  return schedule(server, body, token);
}

describe('a trigger', () => {
  let names = 0;
  async function trigger(kind: string, settings: object, deployment: object): Promise<Item> {
    const body = { name: `trigger ${++names}`, kind, settings, inputVariable: 'event', deployment };
    const made = await call('POST', '/signalbox/v1/triggers', body);
    expect(made.status, made.text).toBe(201);
    expect(made.body.deployment).toMatchObject(deployment);
    return made.body;
  }
  const firedBy = async ({ id }: Item): Promise<Item> => {
    // The newest may be of a look that came after.
    const isFired = ({ outcome }: Item): boolean => outcome === 'FIRED';
    const evaluations = await until(
      async () => (await call('GET', `/signalbox/v1/triggers/${id}/evaluations`)).body.list as Item[],
      (found) => found.some(isFired),
    );
    return evaluations.find(isFired) as Item; // There is one.
  };

  it('does not begin again at the end of what it began itself', async () => {
    const process = await newProcess();
    const made = await trigger('RUN_END', {}, deploymentOf(process));
    const runId = await estate.start(await newProcess());
    await (await estate.nextRobot()).end();
    await estate.inState(runId, 'completed');
    const { deploymentId } = await firedBy(made);
    await (await estate.nextRobot()).end();
    await estate.inState(deploymentId, 'completed');
    const [last] = await until(
      async () => (await call('GET', `/signalbox/v1/triggers/${made.id}/evaluations`)).body.list as Item[],
      ([newest]) => newest?.outcome === 'NOT_FIRED',
    );
    expect(last.why).toContain('itself began this run');
    await call('DELETE', `/signalbox/v1/triggers/${made.id}`);
  });

  it.each([
    ['JSON, as what it says', '{"invoice": 41}', undefined, [{ invoice: 41 }]],
    ['text, as it is', 'invoice 41', undefined, ['invoice 41']],
    [
      'nested too deeply, as a text',
      '['.repeat(5_000) + ']'.repeat(5_000),
      undefined,
      [expect.stringMatching(/^\[{5000}/)],
    ],
    ['JSON, beside the payloads of the trigger', '[41]', [{ a: 1 }, 'b'], [{ a: 1, event: [41] }, 'b']],
  ])('starts a process when it is called, with the body that is %s', async (_what, content, payloads, expected) => {
    const process = await newProcess();
    const made = await trigger('WEBHOOK', {}, deploymentOf(process, payloads));
    const { secret, hookUrl } = (await call('POST', `/signalbox/v1/triggers/${made.id}/secret`)).body;
    const timestamp = Math.floor((await present(server)).epochMilliseconds / 1000);
    const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(`e.${timestamp}.${content}`);
    const answer = await server.call('POST', new URL(hookUrl).pathname, {
      body: content,
      headers: {
        'webhook-id': 'e',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${signature.digest('base64')}`,
      },
    });
    expect(answer.status, answer.text).toBe(202);
    const { deploymentId } = await firedBy(made);
    expect(await get(`/process-runs/${deploymentId}`)).toMatchObject({ started_by: { type: 'api', details: null } });
    expect(await payloadsOf(deploymentId)).toEqual(expected);
    await settle(deploymentId);
  });

  it('starts a process when enough items wait', async () => {
    const [process, waiting] = [await newProcess(), await newProcess()];
    const queueId = waiting.steps[0]?.queueId;
    const made = await trigger('QUEUE_DEPTH', { queueId: String(queueId), atLeast: 2 }, deploymentOf(process));
    for (const payload of [1, 2])
      await post(`/work-items`, { process: { id: waiting.id }, payload }).catch((cause) => expect.fail(String(cause)));
    const { deploymentId } = await firedBy(made);
    expect(await payloadsOf(deploymentId)).toEqual([{ queueId, queueName: expect.any(String), waiting: 2 }]);
    await settle(deploymentId);
  });

  it('follows the end of a process that a schedule started, as it ended', async () => {
    const [first, second] = [await newProcess(), await newProcess()];
    const start = await startIn(server, { hours: 1 });
    const made = await schedule(server, {
      schedule: { name: 'first', scheduleType: 'ONCE', ...start },
      deployment: deploymentOf(first),
    });
    const after = await trigger('SCHEDULE_END', { scheduleId: made.id, statuses: ['COMPLETED'] }, deploymentOf(second));
    await server.advance({ hours: 1, minutes: 1 });
    const [fired] = await untilDecided(server, made.id, 1);
    await settle(fired.deploymentId, false);
    const [seen] = await until(
      async () => (await call('GET', `/signalbox/v1/triggers/${after.id}/evaluations`)).body.list as Item[],
      (list) => list.length > 0,
    );
    expect(seen).toMatchObject({ outcome: 'NOT_FIRED', saw: { status: 'RUN_FAILED' } });

    const items = (await itemsOf(fired.deploymentId)).map(({ id }) => id);
    await post('/work-items/batch', { batch_operation: 'mark_as_done', work_item_ids: items });
    const { deploymentId } = await firedBy(after);
    expect(await payloadsOf(deploymentId)).toEqual([
      expect.objectContaining({ deploymentId: fired.deploymentId, status: 'COMPLETED' }),
    ]);
    await settle(deploymentId);
  });
});

describe('a schedule', () => {
  it('starts a process at its time, in the name of its owner, and shows what it starts', async () => {
    const process = await newProcess();
    const start = await startIn(server, { hours: 1 });
    const deployment = deploymentOf(process, [{ month: 'May' }, 'second']);
    const made = await schedule(server, { schedule: { name: 'once', scheduleType: 'ONCE', ...start }, deployment });
    expect(made).toMatchObject({ deployment, fileId: null, fileName: '' });
    expect(made.deployment.botId).toBeUndefined();
    expect(await read(server, made.id)).toEqual(made);

    await server.advance({ hours: 1, minutes: 1 });
    const [fired] = await untilDecided(server, made.id, 1);
    expect(fired).toMatchObject({ scheduledFor: start.at, outcome: 'FIRED', deploymentId: expect.any(String) });
    const run = await get(`/process-runs/${fired.deploymentId}`);
    expect(run).toMatchObject({
      process: { id: process.id },
      started_by: { type: 'schedule', details: null },
    });
    expect(await payloadsOf(run.id)).toEqual([{ month: 'May' }, 'second']);
    expect((await read(server, made.id)).status).toBe('INACTIVE');
    await settle(run.id);
  });

  it('that names no payloads begins with that of the process, or an empty one', async () => {
    const process = await newProcess();
    const made = await schedule(server, {
      schedule: { name: 'at once', scheduleType: 'INSTANT', timeZone: 'UTC' },
      deployment: deploymentOf(process),
    });
    const [fired] = await untilDecided(server, made.id, 1);
    expect(await payloadsOf(fired.deploymentId)).toEqual([null]);
    await settle(fired.deploymentId);
  });

  it('may be sent back as it was read, with one field changed, and be given a bot and a process again', async () => {
    const process = await newProcess();
    const made = await daily(process);
    const path = `/v2/schedule/automations/${made.id}`;
    const renamed = await call('PUT', path, { ...made, name: 'renamed' });
    expect(renamed.status, renamed.text).toBe(200);
    expect(renamed.body).toMatchObject({ name: 'renamed', deployment: deploymentOf(process) });

    const { deployment } = twoParts(await setStage(server), {}) as Item;
    const asBot = await call('PUT', path, { deployment });
    expect(asBot.status, asBot.text).toBe(200);
    expect(asBot.body).toMatchObject({ fileId: deployment.botId, deployment });
    expect(asBot.body.deployment.processRequest).toBeUndefined();
    const back = await call('PUT', path, { deployment: deploymentOf(process, [1]) });
    expect(back.body, back.text).toMatchObject({ fileId: null, deployment: deploymentOf(process, [1]) });
    await call('DELETE', path);
  });

  it.each([
    ['a bot as well', (process: TestProcess) => ({ botId: '1', ...deploymentOf(process) }), 400],
    ['a place for a bot', (process: TestProcess) => ({ unattendedRequest: {}, ...deploymentOf(process) }), 400],
    [
      'inputs of a bot',
      (process: TestProcess) => ({ botInput: { a: { string: 'b' } }, ...deploymentOf(process) }),
      400,
    ],
    ['no payload at all', (process: TestProcess) => deploymentOf(process, []), 400],
    ['neither', () => ({}), 400],
    ['no process', () => ({ processRequest: { workspaceId: estate.workspace.id } }), 400],
    ['an unknown process', () => deploymentOf({ id: crypto.randomUUID(), steps: [] }), 404],
    ['an unknown workspace', () => ({ processRequest: { workspaceId: 'x', processId: 'y' } }), 404],
  ])('is refused when it names %s', async (_what, of, status) => {
    const deployment = of(await newProcess());
    const start = await startIn(server, { hours: 2 });
    const answer = await call('POST', '/v2/schedule/automations', {
      schedule: { name: 'no', scheduleType: 'ONCE', ...start },
      deployment,
    });
    expect(answer.status, answer.text).toBe(status);
  });

  it('says what it will do', async () => {
    const made = await daily(await newProcess());
    const { list } = (await call('GET', `/signalbox/v1/schedules/${made.id}/forecast`)).body;
    expect(list).toHaveLength(7);
    const { explanation } = (await call('GET', `/signalbox/v1/explain/schedules/${made.id}`)).body;
    expect(explanation.reason).toBe('SCHEDULED');
    await call('DELETE', `/v2/schedule/automations/${made.id}`);
  });

  it('leaves a time out while the run before is not over, also when failed items of it are tried again', async () => {
    const process = await newProcess();
    const made = await daily(process, { overlapPolicy: 'SKIP' });
    await server.advance({ hours: 2, minutes: 1 });
    const [first] = await untilDecided(server, made.id, 1);
    expect(first.outcome).toBe('FIRED');
    await server.advance({ hours: 24 });
    expect((await untilDecided(server, made.id, 2))[1]).toMatchObject({ outcome: 'OVERLAPPED', deploymentId: null });

    await settle(first.deploymentId, false);
    await server.advance({ hours: 24 });
    const third = (await untilDecided(server, made.id, 3))[2];
    expect(third.outcome).toBe('FIRED');
    await settle(third.deploymentId);

    const items = (await itemsOf(first.deploymentId)).map(({ id }) => id);
    await post('/work-items/batch', { batch_operation: 'retry', work_item_ids: items });
    await estate.inState(first.deploymentId, 'in_progress');
    await server.advance({ hours: 24 });
    expect((await untilDecided(server, made.id, 4))[3]).toMatchObject({ outcome: 'OVERLAPPED' });
    await settle(first.deploymentId);
    await call('DELETE', `/v2/schedule/automations/${made.id}`);
  });

  it('lets a time wait for the run before, and runs it when that is over', async () => {
    const process = await newProcess();
    const made = await daily(process, { overlapPolicy: 'QUEUE' });
    await server.advance({ hours: 2, minutes: 1 });
    const [first] = await untilDecided(server, made.id, 1);
    await server.advance({ hours: 24 });
    expect((await untilDecided(server, made.id, 2))[1]).toMatchObject({ outcome: 'WAITING' });
    await settle(first.deploymentId);
    const [, second] = await until(
      () => history(server, made.id),
      (times) => times[1]?.outcome === 'FIRED',
    );
    await settle(second?.deploymentId);
    await call('DELETE', `/v2/schedule/automations/${made.id}`);
  });

  it('of somebody who has left the workspace is refused, and says so', async () => {
    const process = await newProcess();
    const membership = `/members/${member.id}`;
    await estate.workspace.extension('PUT', membership, { body: { role: 'MEMBER' } });
    const made = await daily(process, {}, await server.logIn(member.username, ADMIN_PASSWORD));
    expect((await estate.workspace.extension('DELETE', membership)).status).toBe(204);

    const explained = await call('GET', `/signalbox/v1/explain/schedules/${made.id}`);
    expect(explained.body.explanation).toMatchObject({ reason: 'WOULD_BE_REFUSED' });
    await server.advance({ hours: 2, minutes: 1 });
    const [refused] = await untilDecided(server, made.id, 1);
    expect(refused).toMatchObject({
      outcome: 'REFUSED',
      why: expect.stringContaining('There is no workspace'),
      deploymentId: null,
    });
    expect((await get(`/process-runs?process_id=${process.id}`)).data).toEqual([]);
    await call('DELETE', `/v2/schedule/automations/${made.id}`);
  });

  it('whose process was deleted is refused, and goes on', async () => {
    const process = await newProcess();
    const made = await daily(process);
    expect((await estate.workspace.extension('DELETE', `/processes/${process.id}`)).status).toBe(204);
    await server.advance({ hours: 2, minutes: 1 });
    const [refused] = await untilDecided(server, made.id, 1);
    expect(refused).toMatchObject({ outcome: 'REFUSED', why: expect.stringContaining('There is no process') });
    expect((await read(server, made.id)).status).toBe('ACTIVE');
    await call('DELETE', `/v2/schedule/automations/${made.id}`);
  });
});
