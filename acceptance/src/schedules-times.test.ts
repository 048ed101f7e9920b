import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { bot } from './support/bots.ts';
import { manage, runsOf, saveTaskBot } from './support/deployments.ts';
import { until } from './support/processes.ts';
import {
  history,
  type Item,
  read,
  type Stage,
  schedule,
  setStage,
  startIn,
  startMovingServer,
  twoParts,
  untilDecided,
} from './support/schedules.ts';

/** What becomes of the times of schedules: run, missed, excluded, overlapping, refused. */
let server: TestServer;
let stage: Stage;

beforeAll(async () => {
  server = await startMovingServer();
  stage = await setStage(server);
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: unknown) => server.call(method, path, { token: server.admin, body });
const outcomes = (all: Item[]): string[] => all.map(({ outcome }) => outcome);
const at = (start: { at: string }, duration: Temporal.DurationLike): string =>
  Temporal.Instant.from(start.at).add(duration).toString();

/** Every so many minutes, for an hour and a half, at this time of day. */
async function often(minutes: number, more: object = {}) {
  const start = await startIn(server, { minutes: 2 });
  const made = await schedule(
    server,
    twoParts(stage, {
      ...start,
      scheduleType: 'DAILY',
      dailyRecurrence: { interval: 1 },
      repeatEnabled: true,
      repeatOccurrence: { runEvery: String(minutes), timeUnit: 'minutes' },
      ...more,
    }),
  );
  return { start, id: made.id as string, made };
}

async function stopRuns(deploymentId: string): Promise<void> {
  await manage(server, 'stop', deploymentId);
}
const deactivate = (id: string) => call('PUT', '/v1/schedule/automations/deactivate', { automationIds: [id] });

describe('a schedule that repeats', () => {
  it('runs at each of its times, each with a deployment of its own, until it is deactivated', async () => {
    const { start, id } = await often(30);
    await server.advance({ minutes: 3 });
    await untilDecided(server, id, 1);
    await server.advance({ minutes: 30 });
    const two = await untilDecided(server, id, 2);
    expect(two.map(({ scheduledFor, outcome }) => [scheduledFor, outcome])).toEqual([
      [start.at, 'FIRED'],
      [at(start, { minutes: 30 }), 'FIRED'],
    ]);
    expect(two[0]?.deploymentId).not.toBe(two[1]?.deploymentId);
    const [run] = await runsOf(server, two[0]?.deploymentId);
    expect(run.automationName).toMatch(/^bot of stage 1\./);
    const off = await deactivate(id);
    expect(off.body.list).toMatchObject([{ id, status: 'INACTIVE', zonedNextRunDateTime: '' }]);
    await server.advance({ hours: 2 });
    await call('PUT', '/v1/schedule/automations/activate', [Number(id)]);
    // What lay in the time when it was off is nobody's miss.
    expect(await history(server, id)).toHaveLength(2);
    await deactivate(id);
  });
});

describe('after a long stop', () => {
  it.each([
    ['SKIP', (all: Item[]) => expect(new Set(outcomes(all))).toEqual(new Set(['MISFIRED']))],
    [
      'ONCE',
      (all: Item[]) => {
        expect(outcomes(all.slice(0, -1)).every((outcome) => outcome === 'MISFIRED')).toBe(true);
        expect(all.at(-1)).toMatchObject({ outcome: 'FIRED', why: expect.stringMatching(/late/) });
        expect(all[0]?.why).toMatch(/makes up for it/);
      },
    ],
    ['ALL', (all: Item[]) => expect(new Set(outcomes(all))).toEqual(new Set(['FIRED']))],
  ])('the policy %s says what becomes of the missed, and each is recorded', async (misfirePolicy, check) => {
    const { id, start } = await often(5, { misfirePolicy });
    // Past the last by more than is still on time.
    await server.advance({ minutes: 33, seconds: 90 });
    await server.advance({ seconds: 1 });
    const all = await untilDecided(server, id, 7);
    const passed = all.filter(({ scheduledFor }) => scheduledFor <= at(start, { minutes: 30 }));
    expect(passed.map(({ scheduledFor }) => scheduledFor)).toEqual(
      [0, 5, 10, 15, 20, 25, 30].map((minutes) => at(start, { minutes })),
    );
    check(passed);
    await deactivate(id);
  });
});

describe('a run whose time has come while one before it is not over', () => {
  it('is left out where that is said, and recorded', async () => {
    const { id } = await often(10, { overlapPolicy: 'SKIP' });
    await server.advance({ minutes: 3 });
    const [first] = await untilDecided(server, id, 1);
    await server.advance({ minutes: 10 });
    expect(outcomes(await untilDecided(server, id, 2))).toEqual(['FIRED', 'OVERLAPPED']);
    await stopRuns(first?.deploymentId);
    await server.advance({ minutes: 10 });
    expect(outcomes(await untilDecided(server, id, 3))).toEqual(['FIRED', 'OVERLAPPED', 'FIRED']);
    await deactivate(id);
  });

  it('waits for it where that is said, and runs as soon as it is over', async () => {
    const { id } = await often(10, { overlapPolicy: 'QUEUE' });
    await server.advance({ minutes: 3 });
    const [first] = await untilDecided(server, id, 1);
    await server.advance({ minutes: 10 });
    expect(outcomes(await untilDecided(server, id, 2))).toEqual(['FIRED', 'WAITING']);
    await server.advance({ minutes: 10 });
    expect(outcomes(await untilDecided(server, id, 3))).toEqual(['FIRED', 'WAITING', 'WAITING']);
    const explained = await call('GET', `/signalbox/v1/explain/schedules/${id}`);
    expect(explained.body.explanation).toMatchObject({ reason: 'WAITING', text: expect.stringContaining('not over') });
    await stopRuns(first?.deploymentId);
    await until('the second runs', async () => outcomes(await history(server, id))[1] === 'FIRED');
    expect(outcomes(await history(server, id))).toEqual(['FIRED', 'FIRED', 'WAITING']);
    await deactivate(id);
    expect(outcomes(await history(server, id))).toEqual(['FIRED', 'FIRED', 'CANCELLED']);
  });
});

describe('a calendar', () => {
  it('keeps a schedule from running on its days, in the forecast as in fact', async () => {
    const start = await startIn(server, { hours: 3 });
    const second = Temporal.PlainDate.from(start.startDate).add({ days: 1 }).toString();
    const calendar = await call('POST', '/signalbox/v1/calendars', { name: 'holidays', dates: [second] });
    expect(calendar.status, calendar.text).toBe(201);
    const { id, nextRunDateTime } = await schedule(
      server,
      twoParts(stage, { ...start, scheduleType: 'DAILY', calendarIds: [calendar.body.id] }),
    );
    expect(nextRunDateTime).toBe(start.at);
    const forecast = await call('GET', `/signalbox/v1/schedules/${id}/forecast?to=${at(start, { hours: 24 * 3 })}`);
    expect(forecast.body.list.map(({ scheduledFor, runs, why }: Item) => [scheduledFor, runs, why])).toEqual([
      [start.at, true, ''],
      [at(start, { hours: 24 }), false, `The calendar "holidays" excludes ${second}.`],
      [at(start, { hours: 48 }), true, ''],
      [at(start, { hours: 72 }), true, ''],
    ]);
    const all = await call('GET', `/signalbox/v1/schedules/forecast?to=${at(start, { hours: 24 * 3 })}`);
    expect(all.body.list.filter(({ scheduleId }: Item) => scheduleId === id)).toEqual(forecast.body.list);

    await server.advance({ hours: 3, minutes: 1 });
    await untilDecided(server, id, 1);
    expect((await read(server, id)).nextRunDateTime).toBe(at(start, { hours: 48 }));
    await server.advance({ hours: 24 });
    await server.advance({ hours: 24 });
    const done = await untilDecided(server, id, 3);
    expect(done.map(({ scheduledFor, outcome, why }) => [scheduledFor, outcome !== 'EXCLUDED', why])).toEqual(
      forecast.body.list.slice(0, 3).map(({ scheduledFor, runs, why }: Item) => [scheduledFor, runs, why]),
    );
    // Whoever changes it moves the next run of the schedules that name it.
    const fourth = Temporal.PlainDate.from(start.startDate).add({ days: 3 }).toString();
    await call('PUT', `/signalbox/v1/calendars/${calendar.body.id}`, { ranges: [{ from: fourth, to: fourth }] });
    expect((await read(server, id)).nextRunDateTime).toBe(at(start, { hours: 96 }));
    expect((await call('DELETE', `/signalbox/v1/calendars/${calendar.body.id}`)).status).toBe(409);
    await call('DELETE', `/v2/schedule/automations/${id}`);
    expect((await call('DELETE', `/signalbox/v1/calendars/${calendar.body.id}`)).status).toBe(204);
  });

  it('is refused when its days are none', async () => {
    for (const days of [
      { dates: ['2026-02-30'] },
      { ranges: [{ from: '2026-05-02', to: '2026-05-01' }] },
      { dates: ['soon'] },
    ]) {
      expect((await call('POST', '/signalbox/v1/calendars', { name: 'wrong', ...days })).status).toBe(400);
    }
    await call('POST', '/signalbox/v1/calendars', { name: 'Twice', daysOfWeek: ['SAT', 'sun'] });
    expect((await call('POST', '/signalbox/v1/calendars', { name: 'twice' })).status).toBe(409);
  });
});

describe('a deployment that is refused', () => {
  it('is recorded with its words, and explained; the schedule goes on', async () => {
    const fileId = await saveTaskBot(server, 'goes away', JSON.parse(bot([])));
    const start = await startIn(server, { minutes: 5 });
    const { id } = await schedule(server, twoParts({ ...stage, fileId }, { ...start, scheduleType: 'DAILY' }));
    await call('DELETE', `/v2/repository/files/${fileId}`);
    const explain = async () => (await call('GET', `/signalbox/v1/explain/schedules/${id}`)).body;
    expect((await explain()).explanation).toMatchObject({ reason: 'WOULD_BE_REFUSED', next: start.at });
    await server.advance({ minutes: 6 });
    const [refused] = await untilDecided(server, id, 1);
    expect(refused).toMatchObject({ outcome: 'REFUSED', why: expect.stringMatching(/no .* id/), deploymentId: null });
    expect(await read(server, id)).toMatchObject({
      status: 'ACTIVE',
      nextRunDateTime: at(start, { hours: 24 }),
      fileName: '',
    });
    expect(await explain()).toMatchObject({ last: { outcome: 'REFUSED' }, schedule: { status: 'ACTIVE' } });
    await deactivate(id);
    expect((await explain()).explanation.reason).toBe('INACTIVE');
  });

  it.each([
    ['disabled', 'PUT', { disabled: true }],
    ['deleted', 'DELETE', undefined],
  ])('is that of an owner who is %s', async (how, method, change) => {
    const username = `leaver-${how}`;
    const own = await server.call('POST', '/v1/usermanagement/users', {
      token: server.admin,
      body: { username, email: `${how}@example.test`, password: 'correct-horse-battery', roles: [{ id: 1 }] },
    });
    const token = await server.logIn(username, 'correct-horse-battery');
    const start = await startIn(server, { minutes: 5 });
    const { id } = await schedule(server, twoParts(stage, start), token);
    const off = await call(method, `/v1/usermanagement/users/${own.body.id}`, change);
    expect(off.status, off.text).toBeLessThan(300);
    await server.advance({ minutes: 6 });
    expect(await untilDecided(server, id, 1)).toMatchObject([
      { outcome: 'REFUSED', why: expect.stringContaining('disabled or deleted') },
    ]);
  });
});

describe('a server that comes back', () => {
  it('finds what was due while none was there', async () => {
    const first = await startTestServer();
    const there = await setStage(first);
    const start = await startIn(first, { minutes: 5 });
    const { id } = await schedule(first, twoParts(there, start));
    const env = { DATABASE_URL: first.database.url, SIGNALBOX_DATA_DIR: first.dataDir };
    await first.room.stop();
    await first.advance({ hours: 5 });
    const second = await startTestServer(env);
    const [only] = await untilDecided({ ...second, database: first.database }, id, 1);
    expect(only).toMatchObject({ scheduledFor: start.at, outcome: 'FIRED', why: expect.stringContaining('4 h 5') });
    await second.stop();
    await first.database.drop();
  });
});
