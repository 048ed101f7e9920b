import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../apps/control-room/test-support/server.ts';
import { runsOf } from './support/deployments.ts';
import {
  read,
  type Stage,
  schedule,
  setStage,
  startIn,
  startMovingServer,
  twoParts,
  untilDecided,
} from './support/schedules.ts';

/** Schedules by the contract's words (a §11). */
let server: TestServer;
let stage: Stage;

beforeAll(async () => {
  server = await startMovingServer();
  stage = await setStage(server);
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, path, { token, body });
const base = '/v1/schedule/automations';

/** The flat form of the older version. */
const flat = (more: object): object => ({
  name: 'AP nightly',
  fileId: Number(stage.fileId),
  status: 'ACTIVE',
  runAsUserIds: [String(stage.userId)],
  poolIds: [stage.poolId],
  timeZone: 'Europe/Berlin',
  startDate: '2027-03-01',
  endDate: '',
  startTime: '22:15',
  scheduleType: 'WEEKLY',
  weeklyRecurrence: { interval: 1, daysOfWeek: ['MON', 'THU'] },
  repeatEnabled: false,
  ...more,
});

describe('a schedule', () => {
  it('of the older version is kept, shown with its next run in UTC, and listed', async () => {
    const made = await call('POST', base, flat({}));
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      scheduleId: made.body.id,
      name: 'AP nightly',
      fileId: stage.fileId,
      fileName: expect.stringContaining('bot of'),
      filePath: expect.stringContaining('\\Bots\\'),
      status: 'ACTIVE',
      startTime: '22:15',
      endDate: '',
      runAsUserIds: [String(stage.userId)],
      weeklyRecurrence: { interval: 1, daysOfWeek: ['MON', 'THU'] },
      zonedNextRunDateTime: '2027-03-01T21:15:00Z',
      createdBy: '1',
      tenantId: '1',
      version: 0,
    });
    expect((await call('GET', `${base}/${made.body.id}`)).body).toEqual(made.body);
    const list = await call('POST', `${base}/list`, {
      filter: { operator: 'and', operands: [{ operator: 'eq', field: 'id', value: made.body.id }] },
      sort: [{ field: 'zonedNextRunDateTime', direction: 'asc' }],
      page: { offset: 0, length: 0 },
    });
    expect(list.body).toMatchObject({ list: [made.body], page: { offset: 0, totalFilter: 1 } });
  });

  it('of the newer version comes in two parts, and is the same thing under both', async () => {
    const start = await startIn(server, { hours: 5 });
    const made = await schedule(server, twoParts(stage, { ...start, scheduleType: 'ONCE' }));
    expect(made).toMatchObject({
      scheduleType: 'NONE',
      activityName: 'nightly',
      nextRunDateTime: start.at,
      deployment: { botId: stage.fileId, unattendedRequest: { runAsUserIds: [String(stage.userId)] } },
      timeZone: 'UTC',
    });
    expect((await call('GET', `${base}/${made.id}`)).body).toEqual(made);
  });

  it('runs at its time, once, and is over then', async () => {
    const start = await startIn(server, { minutes: 30 });
    const made = await schedule(server, twoParts(stage, start));
    await server.advance({ minutes: 31 });
    const [only, ...more] = await untilDecided(server, made.id, 1);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ scheduledFor: start.at, outcome: 'FIRED', deploymentId: expect.any(String) });
    const [run] = await runsOf(server, only?.deploymentId);
    expect(run).toMatchObject({ status: 'QUEUED', fileId: stage.fileId, userId: String(stage.userId) });
    expect(await read(server, made.id)).toMatchObject({
      status: 'INACTIVE',
      zonedNextRunDateTime: '',
      nextRunDateTime: '',
    });
  });

  it('that is INSTANT runs at once', async () => {
    const { body: made } = await call(
      'POST',
      base,
      flat({ scheduleType: 'INSTANT', startDate: undefined, timeZone: undefined }),
    );
    const [only] = await untilDecided(server, made.id, 1);
    expect(only).toMatchObject({ outcome: 'FIRED', why: '' });
    expect(await read(server, made.id)).toMatchObject({ status: 'INACTIVE', scheduleType: 'INSTANT' });
    // Woken by the request that made it, but not in its name.
    const rows = await server.database.database.all(
      sql`select actor_type, actor_name, action, request_id, remote_address from audit_entry
        where (action = 'schedule.fire' and subject_id = ${made.id}) or (action = 'bot.deploy' and details ->> 'deploymentId' = ${only?.deploymentId})
        order by id`,
    );
    expect(rows).toEqual([
      { actor_type: 'user', actor_name: 'admin', action: 'bot.deploy', request_id: '', remote_address: '' },
      { actor_type: 'system', actor_name: 'system', action: 'schedule.fire', request_id: '', remote_address: '' },
    ]);
  });
});
