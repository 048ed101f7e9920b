import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { verifyExport } from '@signalbox/audit-trail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINAL } from './support/deployments.ts';
import { beginnings, type Estate, startEstate } from './support/estate.ts';
import { until } from './support/processes.ts';
import { bot, log, wait } from './support/runner.ts';

/**
 * Two servers over one database, two runners and a receiver of callbacks, all of them processes: while a client deploys and
 * schedules fire, each is killed. FAULT_ROUNDS makes it longer (npm run test:faults).
 */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const SCHEDULES = 4;
/** Clients at work in each round, and how often each of them deploys. */
const CLIENTS = 3;
const DEPLOYMENTS = 3;
const EVERY = { minutes: 15 };
/** As many faults as a round has. */
const FAULTS = ROUNDS > 1 ? 5 : 3;

let estate: Estate;
let record: string;
let fileId: string;
let userId: number;
let poolId: string;

beforeAll(async () => {
  estate = await startEstate({ servers: 2 });
  // Schedules repeat until midnight: it comes first, so that there is a day's time whatever the clock says.
  const now = (await present()).toZonedDateTimeISO('UTC');
  await estate.advance({ seconds: Math.ceil(now.until(now.add({ days: 1 }).startOfDay()).total('seconds')) });
  for (let n = 0; n < 2; n++) await estate.addRunner(2);
  record = join(estate.folder, 'beginnings.txt');
  const me = (await estate.insist('GET', '/v1/usermanagement/users/1')).body;
  await estate.insist('PUT', '/v1/usermanagement/users/1', { ...me, licenseFeatures: ['RUNTIME'] });
  userId = 1;
  const file = await estate.insist('POST', '/v2/repository/files', {
    name: 'writes that it began',
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  fileId = file.body.id;
  await estate.insist('PUT', `/v2/repository/files/${fileId}/content`, bot(log(record, '$greeting$'), wait(150)));
  const pool = await estate.insist('POST', '/v2/devices/pools', {
    name: 'both',
    automationScheme: 'PRIORITY',
    timeSlice: '5',
    deviceIds: estate.deviceIds,
  });
  poolId = String(pool.body.id);
}, 120_000);
afterAll(() => estate?.stop(), 60_000);

const launch = (word: string): object => ({
  botId: fileId,
  botInput: { greeting: { type: 'STRING', string: word } },
  callbackInfo: { url: estate.receiverUrl },
  unattendedRequest: { runAsUserIds: [String(userId)], poolIds: [poolId], deviceUsageType: 'RUN_ON_POOL_DEVICES' },
});

interface Planned {
  readonly id: string;
  readonly word: string;
  /** All times until long after the end, as they were foretold. */
  readonly forecast: readonly string[];
}

/** A schedule that fires every quarter of an hour from the next whole one on. */
async function plan(word: string, misfirePolicy: string): Promise<Planned> {
  const start = (await present())
    .toZonedDateTimeISO('UTC')
    .round({ smallestUnit: 'minute', roundingMode: 'ceil' })
    .add({ minutes: 2 });
  const made = await estate.insist('POST', '/v2/schedule/automations', {
    schedule: {
      name: word,
      status: 'ACTIVE',
      scheduleType: 'DAILY',
      timeZone: 'UTC',
      startDate: start.toPlainDate().toString(),
      startTime: start.toPlainTime().toString({ smallestUnit: 'minute' }),
      repeatEnabled: true,
      repeatOccurrence: { runEvery: EVERY.minutes, timeUnit: 'MINUTES' },
      misfirePolicy,
    },
    deployment: launch(word),
  });
  const { id } = made.body;
  const to = start.add({ days: 1 }).toInstant();
  const { list, more } = (await estate.insist('GET', `/signalbox/v1/schedules/${id}/forecast?to=${to}`)).body;
  expect(more).toBeNull();
  return { id, word, forecast: list.map(({ scheduledFor }: { scheduledFor: string }) => scheduledFor) };
}

async function present(): Promise<Temporal.Instant> {
  const [row] = await estate.sql<{ now: string }>('select present()::text as now');
  return Temporal.Instant.from(row?.now.replace(' ', 'T') ?? '');
}

interface Run {
  readonly id: string;
  readonly status: string;
  readonly message: string;
  readonly deployment_id: string;
}
const runs = () => estate.sql<Run>('select id, status, message, deployment_id from run order by id');
const running = async () => (await runs()).filter(({ status }) => status === 'RUNNING').length;
const over = async () => (await runs()).filter(({ status }) => FINAL.includes(status)).length;

/**
 * Everything that was begun is over. Runs whose server was killed while it was giving them out are known to no runner: they
 * wait again after a minute, which is moved.
 */
async function untilQuiet(): Promise<void> {
  let open: Run[] = [];
  let stood = 0;
  await until('all runs are over', async () => {
    open = (await runs()).filter(({ status }) => !FINAL.includes(status));
    stood = open.every(({ status }) => status === 'DEPLOYED') ? stood + 1 : 0;
    if (open.length > 0 && stood % 60 === 59) await estate.advance({ seconds: 61 });
    return open.length === 0;
  }).catch((cause: Error) => {
    const said = [...estate.servers, ...estate.runners].map(({ name, output }) => `${name}: ${output().slice(-2_000)}`);
    throw new Error([cause.message, JSON.stringify(open), ...said].join('\n'), { cause });
  });
}

describe('while a client deploys and schedules fire', () => {
  it(
    'each server, a runner and the database may be killed: nothing is lost, nothing happens twice, all of it is told',
    async () => {
      const schedules: Planned[] = [];
      for (let n = 0; n < SCHEDULES; n++)
        schedules.push(await plan(`schedule ${n}`, ['ALL', 'ONCE', 'SKIP'][n % 3] ?? ''));
      const deployed = new Map<string, string>();
      /** Clients deploy, a quarter of an hour passes, and in the middle of what follows from it somebody is killed. */
      const round = async (name: string, fault: () => Promise<unknown>): Promise<void> => {
        const before = await over();
        const clients = Array.from({ length: CLIENTS }, async (_, client) => {
          for (let n = 0; n < DEPLOYMENTS; n++) {
            const word = `${name}, client ${client}, deployment ${n}`;
            const { body } = await estate.insist('POST', '/v4/automations/deploy', launch(word));
            deployed.set(word, body.deploymentId);
          }
        });
        await estate.advance(EVERY);
        await until('bots are at work', async () => (await running()) > 0 && (await over()) > before);
        await fault();
        await Promise.all(clients);
        await untilQuiet();
      };
      const [first, second] = estate.servers;
      const [runner] = estate.runners;
      const faults: Readonly<Record<string, () => Promise<unknown>>> = {
        'a server': async () => first?.killAndStart(),
        'a runner and the other server': () => Promise.all([runner?.killAndStart(), second?.killAndStart()]),
        'the database': async () => process.kill(estate.postgres.pid(), 'SIGKILL'),
        'the clock': () => estate.advance({ minutes: 3 }),
        'all that serves': async () => {
          process.kill(estate.postgres.pid(), 'SIGKILL');
          await Promise.all([first?.killAndStart(), second?.killAndStart()]);
        },
      };
      for (let n = 0; n < ROUNDS; n++) {
        for (const [what, fault] of Object.entries(faults).slice(0, FAULTS)) await round(`${n}: ${what}`, fault);
        if (ROUNDS > 1) console.info(`Round ${n}: ${await measured()}`);
      }
      for (const { id } of schedules) {
        const kept = (await estate.insist('GET', `/v2/schedule/automations/${id}`)).body;
        expect(kept.status).toBe('ACTIVE');
      }
      await untilQuiet();
      const end = await present();

      await expectForecastToHaveHappened(schedules, end);
      const fired = await estate.sql<{ deployment_id: string; schedule_id: string }>(
        `select deployment_id, schedule_id from schedule_occurrence where outcome = 'FIRED'`,
      );
      const all = await runs();
      expect(all.map(({ deployment_id }) => deployment_id).sort()).toEqual(
        [...deployed.values(), ...fired.map(({ deployment_id }) => deployment_id)].sort(),
      );
      expect(deployed.size).toBe(ROUNDS * FAULTS * CLIENTS * DEPLOYMENTS);
      // Nothing that happened to servers is the bot's or the device's fault.
      expect(all.filter(({ status }) => status !== 'COMPLETED' && status !== 'UNKNOWN')).toEqual([]);
      expect(all.filter(({ status, message }) => status === 'UNKNOWN' && message === '')).toEqual([]);
      expect(all.filter(({ status }) => status === 'UNKNOWN').length).toBeLessThan(all.length / 2);
      await expectNothingBegunTwice(all, deployed, schedules, fired);
      await expectAllToBeTold(all);
      await expectAuditToHold([...deployed.values()]);
      await expectNothingLeftOver();
      // That the database was away is a warning; an error would be ours.
      for (const { name, output } of estate.servers)
        expect(output().match(/^.*"level":"(error|fatal)".*/gm), name).toBeNull();
    },
    120_000 * ROUNDS,
  );
});

/** Every time that was foretold and has come stands in the history, once, and nothing else does. */
async function expectForecastToHaveHappened(schedules: readonly Planned[], end: Temporal.Instant): Promise<void> {
  for (const { id, word, forecast } of schedules) {
    const due = forecast.filter((at) => Temporal.Instant.compare(Temporal.Instant.from(at), end) <= 0);
    expect(due.length, word).toBeGreaterThanOrEqual(ROUNDS * FAULTS);
    const { list } = (
      await estate.insist('POST', `/signalbox/v1/schedules/${id}/occurrences/list`, {
        sort: [{ field: 'scheduledFor', direction: 'asc' }],
        page: { length: 10_000 },
      })
    ).body;
    expect(
      list.map(({ scheduledFor }: { scheduledFor: string }) => scheduledFor),
      word,
    ).toEqual(due);
    for (const one of list) {
      expect(['FIRED', 'MISFIRED']).toContain(one.outcome);
      expect(one.outcome === 'FIRED' ? one.deploymentId : one.why, JSON.stringify(one)).toBeTruthy();
    }
  }
}

async function expectNothingBegunTwice(
  all: readonly Run[],
  deployed: ReadonlyMap<string, string>,
  schedules: readonly Planned[],
  fired: readonly { deployment_id: string; schedule_id: string }[],
): Promise<void> {
  const begun = await beginnings(record);
  const statusOf = new Map(all.map(({ deployment_id, status }) => [deployment_id, status]));
  const completed = (ids: readonly string[]) => ids.filter((id) => statusOf.get(id) === 'COMPLETED').length;
  const byWord = new Map([...deployed].map(([word, id]) => [word, [id]]));
  for (const { id, word } of schedules) {
    byWord.set(
      word,
      fired.filter(({ schedule_id }) => String(schedule_id) === id).map(({ deployment_id }) => deployment_id),
    );
  }
  for (const [word, ids] of byWord) {
    const times = begun.get(word) ?? 0;
    // What completed has begun; of an UNKNOWN one nobody knows, but more than once it has not.
    expect(times, word).toBeGreaterThanOrEqual(completed(ids));
    expect(times, word).toBeLessThanOrEqual(ids.length);
  }
  expect([...begun.keys()].filter((word) => !byWord.has(word))).toEqual([]);
}

/** Each run that ended was called back, under one event id however often; an UNKNOWN one never. */
async function expectAllToBeTold(all: readonly Run[]): Promise<void> {
  const ended = all.filter(({ status }) => status !== 'UNKNOWN').map(({ deployment_id }) => deployment_id);
  const told = () => new Set(estate.received.map(({ body }) => body.deploymentId));
  // Whoever was killed at it kept the message for a minute.
  await estate.advance({ minutes: 2 });
  await until('all were told', async () => ended.every((id) => told().has(id)));
  const byEvent = Map.groupBy(estate.received, ({ eventId }) => eventId);
  expect(byEvent.size).toBe(ended.length);
  expect([...told()].sort()).toEqual(ended.sort());
}

async function expectAuditToHold(deployments: readonly string[]): Promise<void> {
  const [last] = await estate.sql<{ id: number }>(
    `select max(id)::int as id from audit_entry where action = 'bot.deploy'`,
  );
  await until('all of it is sealed', async () => {
    const [row] = await estate.sql<{ id: number }>('select max(last_id)::int as id from audit_seal');
    return (row?.id ?? 0) >= (last?.id ?? 0);
  });
  const log = (await estate.insist('GET', '/signalbox/v1/audit/export')).text.split('\n');
  expect(await verifyExport(Readable.from(log))).toMatchObject({ findings: [], fromTheBeginning: true });
  for (const id of deployments) {
    expect(
      log.filter((line) => line.includes('bot.deploy') && line.includes(id)),
      id,
    ).toHaveLength(1);
  }
}

/** What servers and the database hold, for whoever looks for leaks in a long run. */
async function measured(): Promise<string> {
  const connections = await estate.sql<{ state: string; count: number }>(
    `select coalesce(state, 'none') as state, count(*)::int from pg_stat_activity where datname = current_database() group by 1 order by 1`,
  );
  const memory = await Promise.all(
    estate.servers.map(async ({ name, pid }) => {
      const status = await readFile(`/proc/${pid()}/status`, 'utf8').catch(() => '');
      return `${name} ${Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)} MiB`;
    }),
  );
  return [...memory, ...connections.map(({ state, count }) => `${count} ${state}`)].join(', ');
}

/** Nothing of all that holds on to anything. */
async function expectNothingLeftOver(): Promise<void> {
  await until('no lease is left but those of the living', async () => {
    const left = await estate.sql(`select subject, holder from lease where expires_on <= present()
      or not exists (select from lease d where starts_with(d.subject, 'device:') and d.holder = lease.holder) `);
    return left.length === 0;
  });
  const hanging = await estate.sql(
    `select pid, query from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
      and now() - state_change > interval '1 second'`,
  );
  expect(hanging).toEqual([]);
}
