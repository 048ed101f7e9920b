import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { until } from './support/processes.ts';
import { type Stage, schedule, setStage, startIn, twoParts } from './support/schedules.ts';

/**
 * Several servers over one database fire the same schedules. Every time has exactly one outcome and one deployment, also
 * when a server is killed while it is at it.
 */
const SCHEDULES = 30;
let server: TestServer;
let stage: Stage;
let folder: string;
const others: KillableServer[] = [];

beforeAll(async () => {
  server = await startTestServer();
  stage = await setStage(server);
  folder = await mkdtemp(join(tmpdir(), 'signalbox-replicas-'));
});
afterAll(async () => {
  await Promise.all(others.map((other) => other.kill()));
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Another server over the same database, as a process of its own. */
async function another(): Promise<KillableServer> {
  const other = await startKillableServer(folder, {
    DATABASE_URL: server.database.url,
    SIGNALBOX_DATA_DIR: server.dataDir,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    SIGNALBOX_LOG_LEVEL: 'error',
  });
  others.push(other);
  return other;
}

const rowsOf = () =>
  server.database.database.all(
    sql<{ schedule: number; scheduled: string; outcome: string; deployment: string }>`select schedule_id as schedule,
      scheduled_for::text as scheduled, outcome, deployment_id::text as deployment from schedule_occurrence`,
  );
const countOf = async (): Promise<number> => (await rowsOf()).length;

describe('three servers', () => {
  it('run every time of many schedules once, and lose none when one is killed in the middle', async () => {
    const [doomed] = [await another(), await another()];
    const start = await startIn(server, { minutes: 5 });
    const ids: string[] = [];
    for (let i = 0; i < SCHEDULES; i++) {
      const made = await schedule(
        server,
        twoParts(stage, {
          ...start,
          name: `many ${i}`,
          scheduleType: 'DAILY',
          repeatEnabled: true,
          repeatOccurrence: { runEvery: 5, timeUnit: 'MINUTES' },
          misfirePolicy: 'ALL',
        }),
      );
      ids.push(made.id);
    }
    // Ten times of each are due at once; the server is killed as soon as the first are on disk.
    await server.advance({ minutes: 52, seconds: 1 });
    await until('some are on disk', async () => (await countOf()) > 0, 30);
    await doomed?.kill();
    const wanted = SCHEDULES * 10;
    await until(`all are on disk`, async () => (await countOf()) >= wanted, 60).catch(async (cause: Error) => {
      throw new Error(`${cause.message} There are ${await countOf()}.`, { cause });
    });
    const rows = (await rowsOf()).filter(
      ({ scheduled }) => scheduled.slice(0, 19).replace(' ', 'T') <= endOf(start.at),
    );
    expect(rows).toHaveLength(wanted);
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['FIRED']));
    // One deployment for each, and none that nobody knows of.
    const deployments = await server.database.database.all(
      sql<{ id: string }>`select id::text as id from deployment where trigger_type = 'SCHEDULE'`,
    );
    expect(new Set(rows.map(({ deployment }) => deployment)).size).toBe(wanted);
    expect(deployments.map(({ id }) => id).sort()).toEqual((await rowsOf()).map(({ deployment }) => deployment).sort());
    const runs = await server.database.database.all(sql`select 1 from run where kind = 'UNATTENDED'`);
    expect(runs).toHaveLength(deployments.length);
  });
});

/** The last of ten times, five minutes apart, as PostgreSQL writes it. */
function endOf(first: string): string {
  return Temporal.Instant.from(first).add({ minutes: 45 }).toString().slice(0, 19);
}
