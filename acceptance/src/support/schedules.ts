import { sql } from 'kysely';
import {
  ADMIN_PASSWORD,
  type Answer,
  startTestServer,
  type TestServer,
} from '../../../apps/control-room/test-support/server.ts';
import { bot } from './bots.ts';
import { makePool, runAsUser, saveTaskBot } from './deployments.ts';
import { until } from './processes.ts';

/* Schedules through the public calls, for their suites. */

export type Item = Answer['body'];

/** A server whose administrator logs in again whenever time was moved: his token lives for minutes. */
export async function startMovingServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startTestServer(env);
  let { admin } = server;
  return {
    ...server,
    get admin() {
      return admin;
    },
    async advance(duration) {
      // Before the server has heard that its clock was moved, it makes tokens that are over already.
      const heard = Promise.withResolvers<void>();
      const off = server.room.kernel.wakeUps.on('clock', () => heard.resolve());
      await server.advance(duration);
      await heard.promise;
      off();
      admin = await server.logIn('admin', ADMIN_PASSWORD);
    },
  };
}

/** What a schedule needs: a bot, a user in whose name it runs, and a pool whose device is away, so that its runs wait. */
export interface Stage {
  readonly fileId: string;
  readonly userId: number;
  readonly poolId: string;
}

let stages = 0;

export async function setStage(server: TestServer): Promise<Stage> {
  const name = `stage ${++stages}`;
  const device = await server.database.database.first(
    sql<{ id: number }>`insert into device (host_name) values (${name}) returning id`,
  );
  const user = await runAsUser(server, `runner${stages}`);
  return {
    fileId: await saveTaskBot(server, `bot of ${name}`, JSON.parse(bot([]))),
    userId: user.id,
    poolId: await makePool(server, name, [String(device?.id)]),
  };
}

/** What the database takes for now; tests move it. */
export async function present(server: TestServer): Promise<Temporal.Instant> {
  const row = await server.database.database.first(sql<{ now: Temporal.Instant }>`select present() as now`);
  if (!row) throw new Error('The database has no clock.');
  return row.now;
}

/** The start of a schedule so long from now, on a whole minute, in UTC. */
export async function startIn(server: TestServer, duration: Temporal.DurationLike) {
  const at = (await present(server))
    .toZonedDateTimeISO('UTC')
    .add(duration)
    .round({ smallestUnit: 'minute', roundingMode: 'ceil' });
  return {
    timeZone: 'UTC',
    startDate: at.toPlainDate().toString(),
    startTime: at.toPlainTime().toString({ smallestUnit: 'minute' }),
    at: at.toInstant().toString(),
  };
}

/** The two parts of the newer version. */
export function twoParts({ fileId, userId, poolId }: Stage, schedule: object, deployment: object = {}): object {
  return {
    schedule: { name: 'nightly', status: 'ACTIVE', scheduleType: 'NONE', ...schedule },
    deployment: {
      botId: fileId,
      unattendedRequest: { runAsUserIds: [String(userId)], poolIds: [poolId], deviceUsageType: 'RUN_ON_POOL_DEVICES' },
      ...deployment,
    },
  };
}

/** Creates a schedule and insists that it was accepted. */
export async function schedule(server: TestServer, body: object, token = server.admin): Promise<Item> {
  const answer = await server.call('POST', '/v2/schedule/automations', { token, body });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

export async function read(server: TestServer, id: string): Promise<Item> {
  const answer = await server.call('GET', `/v2/schedule/automations/${id}`, { token: server.admin });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}

/** What is recorded of the times of a schedule, the oldest first. */
export async function history(server: TestServer, id: string): Promise<Item[]> {
  const answer = await server.call('POST', `/signalbox/v1/schedules/${id}/occurrences/list`, {
    token: server.admin,
    body: { sort: [{ field: 'scheduledFor', direction: 'asc' }] },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.list;
}

/** Waits until so many times of a schedule are decided, and answers them. */
export async function untilDecided(server: TestServer, id: string, count: number): Promise<Item[]> {
  let found: Item[] = [];
  await until(
    `${count} times are decided`,
    async () => {
      found = await history(server, id);
      return found.length >= count;
    },
    20,
  ).catch((cause: Error) => {
    throw new Error(`${cause.message} They are ${JSON.stringify(found)}`, { cause });
  });
  return found;
}
