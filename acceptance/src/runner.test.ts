import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { until } from './support/processes.ts';
import {
  bot,
  devices,
  expression,
  node,
  number,
  openShop,
  type RunnerProgram,
  say,
  startRunner,
  text,
  variable,
  wait,
} from './support/runner.ts';

/** Real runner processes against a real server. */
let server: TestServer;
let running: RunnerProgram[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(async () => {
  await Promise.all(
    running.map(async (runner) => {
      await runner.kill();
      await rm(runner.dataDir, { recursive: true, force: true });
    }),
  );
  running = [];
});
afterAll(() => server.stop());

async function runner(env: Readonly<Record<string, string>> = {}): Promise<RunnerProgram> {
  const started = await startRunner(server, env);
  running.push(started);
  return started;
}

describe('a runner', () => {
  it('brings back result, output, device and times, and what the bot said', async () => {
    const { deviceId } = await runner();
    const shop = await openShop(server, {
      bot: bot(
        node('MessageBox', 'messageBox', { title: text('t'), content: expression('working on $item{word}$') }),
        say('$greeting$, $item{word}$!', 'answer'),
        say('greeted'),
      ),
      deviceIds: [deviceId],
      botInput: { greeting: { type: 'STRING', string: 'Hello' } },
    });
    const [added] = await shop.add({ n: 1, word: 'World' });
    const [item] = await shop.settled();
    expect(item).toMatchObject({
      status: 'COMPLETED',
      result: 'greeted',
      output: { answer: 'Hello, World!', workItemResult: 'greeted' },
      deviceId: Number(deviceId),
      deviceUserId: 1,
      error: '',
    });
    expect(Date.parse(item.endTime)).toBeGreaterThanOrEqual(Date.parse(item.startTime));
    await until('the log is there', async () => (await shop.explain(added?.id ?? 0)).log.length > 0);
    expect((await shop.explain(added?.id ?? 0)).log[0].text).toContain('working on World');
  });

  it('shows a bot an optional column that an item leaves out as empty', async () => {
    const { deviceId } = await runner();
    const shop = await openShop(server, { bot: bot(say('[$item{word}$] [$item{n}$]')), deviceIds: [deviceId] });
    await shop.add({ n: 4 });
    const [item] = await shop.settled();
    expect(item).toMatchObject({ status: 'COMPLETED', result: '[] [4]' });
  });

  it('tells the line at which a bot failed, also in a sub-bot', async () => {
    const { deviceId } = await runner();
    const call = node('TaskBot', 'runTask', {
      taskbot: {
        type: 'TASKBOT',
        taskbotFile: { type: 'FILE', string: 'repository:///Automation%20Anywhere/Bots/the%20sub-bot' },
        taskbotInput: { type: 'DICTIONARY', dictionary: [] },
      },
    });
    const shop = await openShop(server, {
      subBots: {
        'the sub-bot': bot(
          say('fine'),
          say('fine'),
          node('String', 'toNumber', { sourceString: text('many') }, { returnTo: variable('answer') }),
        ),
      },
      bot: bot(say('begun'), call),
      deviceIds: [deviceId],
    });
    await shop.add({ n: 1 });
    const [item] = await shop.settled();
    expect(item.status).toBe('FAILED');
    expect(item.error).toMatch(/many.*the sub-bot, line 3/);
  });

  it('refuses a bot with an unknown command before it does anything, with its line', async () => {
    const { deviceId } = await runner();
    const shop = await openShop(server, { bot: bot(say('begun'), node('Teleport', 'beamUp')), deviceIds: [deviceId] });
    await shop.add({ n: 1 });
    const [item] = await shop.settled();
    expect(item).toMatchObject({ status: 'FAILED', result: '' });
    expect(item.error).toMatch(/line 2: .*Teleport/);
  });

  it('loses one item, and not itself, when a bot process dies', async () => {
    const { deviceId, child } = await runner();
    const shop = await openShop(server, {
      bot: bot(
        node(
          'If',
          'if',
          {},
          {
            attributes: [
              {
                name: 'condition',
                value: { type: 'CONDITIONAL', conditionalName: 'numberVariable', packageName: 'Number' },
                attributes: [
                  { name: 'variable', value: expression('$item{n}$', 'NUMBER') },
                  { name: 'operator', value: text('EQ') },
                  { name: 'value', value: number(1) },
                ],
              },
            ],
            children: [wait(60_000)],
          },
        ),
        say('done'),
      ),
      deviceIds: [deviceId],
    });
    const [first] = await shop.add({ n: 1 }, { n: 2 });
    await until('the bot works', async () => (await shop.item(first?.id ?? 0)).status === 'ACTIVE');
    const botProcess = Number(
      execFileSync('pgrep', ['-P', String(child.pid)])
        .toString()
        .trim()
        .split('\n')[0],
    );
    process.kill(botProcess, 'SIGKILL');
    const [killed, spared] = await shop.settled();
    expect(killed).toMatchObject({ status: 'FAILED' });
    expect(killed.error).toContain("The bot's process ended (SIGKILL)");
    expect(spared).toMatchObject({ status: 'COMPLETED', result: 'done' });
  });

  it('tells how far a bot has come while it works', async () => {
    const { deviceId } = await runner();
    const shop = await openShop(server, {
      bot: bot(say('begun'), say('still'), wait(3_000), say('done')),
      deviceIds: [deviceId],
    });
    const [added] = await shop.add({ n: 1 });
    await until('its progress is told', async () => (await shop.explain(added?.id ?? 0)).progress !== null);
    expect((await shop.explain(added?.id ?? 0)).progress).toMatchObject({
      line: 3,
      steps: 3,
      botPath: expect.stringContaining('shop'),
    });
    await shop.settled();
    expect((await shop.explain(added?.id ?? 0)).progress).toBeNull();
  });

  it('ends a bot at its time limit', async () => {
    const { deviceId } = await runner({ SIGNALBOX_RUNNER_TIME_LIMIT_SECONDS: '1' });
    const shop = await openShop(server, { bot: bot(say('begun'), wait(60_000)), deviceIds: [deviceId] });
    await shop.add({ n: 1 });
    const [item] = await shop.settled();
    expect(item.status).toBe('FAILED');
    expect(item.error).toMatch(/line 2/);
  });

  it('hands back what it has not begun when it is told to stop, and finishes what it has', async () => {
    const first = await runner();
    const shop = await openShop(server, { bot: bot(wait(400), say('done')), deviceIds: [first.deviceId] });
    await shop.add(...Array.from({ length: 5 }, (_, n) => ({ n })));
    await until('one is being worked on', async () => {
      const { counts } = (
        await server.call('GET', `/signalbox/v1/explain/queues/${shop.queueId}`, { token: server.admin })
      ).body;
      return counts.ACTIVE === 1;
    });
    await first.stop();
    const { counts, explanation } = (
      await server.call('GET', `/signalbox/v1/explain/queues/${shop.queueId}`, { token: server.admin })
    ).body;
    expect(counts).toMatchObject({ READY_TO_RUN: 0, ACTIVE: 0 });
    expect(counts.NEW + counts.COMPLETED).toBe(5);
    expect(counts.COMPLETED).toBeGreaterThanOrEqual(1);
    expect(explanation.reason).toBe('NO_RUNNER');
    expect((await devices(server)).find(({ id }) => id === first.deviceId)?.status).toBe('DISCONNECTED');
  });

  it('shares the work of a queue with the other runners of its pool', async () => {
    const a = await runner();
    const b = await runner();
    const shop = await openShop(server, { bot: bot(wait(20), say('done')), deviceIds: [a.deviceId, b.deviceId] });
    for (let i = 0; i < 20; i++) await shop.add(...Array.from({ length: 10 }, (_, n) => ({ n })));
    const items = await shop.settled();
    expect(items).toHaveLength(200);
    expect(items.every(({ status }) => status === 'COMPLETED')).toBe(true);
    expect(new Set(items.map(({ deviceId }) => deviceId)).size).toBe(2);
  });
});

describe('the wire to runners', () => {
  const call = (path: string, body: unknown, key?: string) =>
    server.call('POST', `/runner/v1${path}`, {
      body,
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    });
  const device = { hostName: 'by hand', os: 'none', agentVersion: '0', capacity: 1, capabilities: {} };

  async function register() {
    const { token } = (await server.call('POST', '/signalbox/v1/runner-tokens', { token: server.admin })).body;
    const { deviceId, key } = (await call('/register', { token, device })).body;
    const { sessionId } = (await call('/sessions', device, key)).body;
    return { token, deviceId: String(deviceId), key, sessionId };
  }

  it('takes a registration token once', async () => {
    const { token } = await register();
    expect(await call('/register', { token, device })).toMatchObject({ status: 401 });
    expect(await call('/sessions', device, 'sbrun_wrong')).toMatchObject({ status: 401 });
  });

  it('tells a waiting runner of work at once, not when its wait is over', async () => {
    const { deviceId, key, sessionId } = await register();
    const shop = await openShop(server, { bot: bot(say('x')), deviceIds: [deviceId] });
    const started = performance.now();
    const waiting = call('/work', { sessionId, capacity: 5, waitSeconds: 20 }, key);
    await shop.add({ n: 1 }, { n: 2 });
    const { assignments } = (await waiting).body;
    expect(assignments.flatMap(({ items }: { items: unknown[] }) => items).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('refuses the result of a runner that was silent for longer than its lease', async () => {
    const { deviceId, key, sessionId } = await register();
    const shop = await openShop(server, { bot: bot(say('x')), deviceIds: [deviceId], queue: { leaseSeconds: 30 } });
    await shop.add({ n: 1 });
    const [assignment] = (await call('/work', { sessionId, capacity: 1 }, key)).body.assignments;
    const [held] = assignment.items;
    await server.advance({ seconds: 31 });
    await until('the item was taken back', async () => (await shop.item(held.id)).status === 'NEW');
    const late = await call(
      '/report',
      { sessionId, results: [{ id: held.id, version: held.version, status: 'COMPLETED' }] },
      key,
    );
    expect(late.body).toEqual({ accepted: 0, refused: [held.id] });
    expect(await shop.item(held.id)).toMatchObject({ status: 'NEW', result: '' });
    expect((await call('/heartbeat', { sessionId, items: [held] }, key)).body).toMatchObject({
      live: false,
      lost: [held.id],
    });
    expect((await call('/work', { sessionId, capacity: 1 }, key)).status).toBe(409);
  });

  it('takes back what a device was given and does not name: the answer was lost on its way', async () => {
    const { deviceId, key, sessionId } = await register();
    const shop = await openShop(server, { bot: bot(say('x')), deviceIds: [deviceId] });
    await shop.add({ n: 1 }, { n: 2 });
    const [assignment] = (await call('/work', { sessionId, capacity: 2 }, key)).body.assignments;
    const [known, lost] = assignment.items;
    const beat = async () => (await call('/heartbeat', { sessionId, items: [known] }, key)).body;
    await beat();
    expect((await shop.item(lost.id)).status).toBe('READY_TO_RUN');
    for (let seconds = 0; seconds <= 60; seconds += 20) {
      await server.advance({ seconds: 20 });
      expect(await beat()).toMatchObject({ live: true, lost: [] });
    }
    expect((await shop.item(lost.id)).status).toBe('NEW');
    expect((await shop.item(known.id)).status).toBe('READY_TO_RUN');
  });

  it('gives the work of a device’s former session back when it opens a new one', async () => {
    const { deviceId, key, sessionId } = await register();
    const shop = await openShop(server, { bot: bot(say('x')), deviceIds: [deviceId] });
    await shop.add({ n: 1 });
    const [assignment] = (await call('/work', { sessionId, capacity: 1 }, key)).body.assignments;
    await call('/sessions', device, key);
    expect(await shop.item(assignment.items[0].id)).toMatchObject({ status: 'NEW' });
  });

  it('lets an automation that ran dry sleep until its threshold is reached', async () => {
    const { deviceId, key, sessionId } = await register();
    const shop = await openShop(server, {
      bot: bot(say('x')),
      deviceIds: [deviceId],
      queue: { reactivationThreshold: 3, considerReactivationThreshold: true },
    });
    const take = async () =>
      (await call('/work', { sessionId, capacity: 10 }, key)).body.assignments.flatMap(
        ({ items }: { items: unknown[] }) => items,
      ).length;
    expect(await take()).toBe(0);
    await shop.add({ n: 1 }, { n: 2 });
    expect(await take()).toBe(0);
    const { explanation } = (
      await server.call('GET', `/signalbox/v1/explain/queues/${shop.queueId}`, { token: server.admin })
    ).body;
    expect(explanation.reason).toBe('BELOW_THRESHOLD');
    await shop.add({ n: 3 });
    expect(await take()).toBe(3);
  });
});
