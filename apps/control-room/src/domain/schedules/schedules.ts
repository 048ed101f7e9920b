import { type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import type { Launch, Launches } from '../launches/index.ts';
import type { Repository } from '../repository/index.ts';
import { type Plan, readPlan, writePlan } from './calendar/index.ts';
import { type Firing, SCHEDULES } from './firing.ts';
import {
  COLUMNS,
  callbackOf,
  type MisfirePolicy,
  type OverlapPolicy,
  readHeld,
  type Schedule,
  type ScheduleRow,
  type ScheduleStatus,
  type ScheduleType,
  sightOf,
} from './schedule.ts';
import { nextLook } from './upcoming.ts';

/** What people say of a schedule. */
export interface ScheduleSettings {
  readonly name: string;
  readonly description: string;
  readonly status: ScheduleStatus;
  readonly scheduleType: ScheduleType;
  /** Of INSTANT only the zone counts. */
  readonly plan: Plan;
  readonly misfirePolicy: MisfirePolicy;
  readonly overlapPolicy: OverlapPolicy;
  readonly calendarIds: readonly number[];
  readonly launch: Launch;
  readonly kept: Readonly<Record<string, unknown>>;
}

const MOST_KEPT_BYTES = 65_536;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`s.id` },
  name: { type: 'text', sql: sql`s.name` },
  activityName: { type: 'text', sql: sql`s.name` },
  fileId: { type: 'number', sql: sql`s.file_id` },
  fileName: { type: 'text', sql: sql`coalesce((select b.name from repository_entry b where b.id = s.file_id), '')` },
  status: { type: 'text', sql: sql`s.status`, normalise: (word) => word.toUpperCase() },
  scheduleType: {
    type: 'text',
    sql: sql`s.schedule_type`,
    normalise: (word) => word.toUpperCase().replace('ONCE', 'NONE'),
  },
  nextRunDateTime: { type: 'instant', sql: sql`s.next_run_on` },
  zonedNextRunDateTime: { type: 'instant', sql: sql`s.next_run_on` },
  timeZone: { type: 'text', sql: sql`s.plan ->> 'timeZone'` },
  createdBy: { type: 'number', sql: sql`s.created_by` },
  createdOn: { type: 'instant', sql: sql`s.created_on` },
  updatedOn: { type: 'instant', sql: sql`s.updated_on` },
};

export interface SchedulesParts {
  readonly identity: Identity;
  readonly repository: Repository;
  readonly launches: Launches;
}

/** Schedules as people keep them (contract a §11). What their times bring about is in firing.ts. */
export function createSchedules(
  { database }: Kernel,
  { identity, repository, launches }: SchedulesParts,
  firing: Firing,
) {
  function asSchedule({
    plan,
    launch,
    callbackSealed,
    decidedUntil: _,
    calendars: __,
    ...rest
  }: ScheduleRow): Schedule {
    return { ...rest, plan: readPlan(plan), launch: launches.take({ launch, callbackSealed }, callbackOf(rest.id)) };
  }

  /** @throws notFound, also for what the caller may not see */
  async function readRow(caller: Caller, id: number): Promise<ScheduleRow> {
    const { before, visible } = await sightOf(repository, caller);
    const row = await database.first(
      sql<ScheduleRow>`${before ?? sql``} select ${COLUMNS} from schedule s where s.id = ${id} and ${visible}`,
    );
    if (!row) throw error('notFound', `There is no schedule with the id ${id}.`);
    return row;
  }

  /** Held until the transaction ends, with what was due settled as it stood then. @throws notFound; staleVersion */
  async function hold(tx: Transaction, caller: Caller, id: number, version?: number) {
    await readRow(caller, id);
    await tx.all(sql`select 1 from schedule where id = ${id} for update`);
    const { row, now } = await readHeld(tx, id);
    if (version !== undefined && version !== row.version) {
      throw error(
        'staleVersion',
        `The schedule has changed: its version is ${row.version}, the request names ${version}.`,
      );
    }
    const due = row.status === 'ACTIVE' && row.nextRunOn !== null && Temporal.Instant.compare(row.nextRunOn, now) <= 0;
    if (due) await firing.settleDue(tx, row, now);
    return due ? readHeld(tx, id) : { row, now };
  }

  /** Whoever says what is to run must be allowed to have it run, and he in whose name it runs always. */
  async function requireUsable(caller: Caller, { createdBy, launch: before }: Schedule, after: Launch): Promise<void> {
    if (JSON.stringify(before) !== JSON.stringify(after)) await launches.check(caller, after);
    const owner = await identity.callerFor(createdBy);
    if (!owner) {
      throw error('invalid', 'The user in whose name the schedule runs is disabled or deleted.', {
        details: 'create it anew, in your own name',
      });
    }
    await launches.check(owner, after);
  }

  return {
    readRow,
    asSchedule,
    get: async (caller: Caller, id: number): Promise<Schedule> => asSchedule(await readRow(caller, id)),

    async list(caller: Caller, selection: Selection): Promise<Page<Schedule>> {
      const { before, visible } = await sightOf(repository, caller);
      const page = await selectPage<ScheduleRow>(
        database,
        { before, columns: COLUMNS, source: sql`schedule s`, visible, fields: FIELDS, tiebreak: sql`s.id` },
        selection,
      );
      return { ...page, rows: page.rows.map(asSchedule) };
    },

    /** @throws notFound; forbidden; invalid for what could never run, or would do so at no time that is to come */
    async create(caller: Caller, settings: ScheduleSettings): Promise<Schedule> {
      requireSmall(settings);
      return database.transaction(async (tx) => {
        await launches.check(caller, settings.launch);
        const inserted = await tx.first(
          sql<{
            id: number;
            now: Temporal.Instant;
          }>`insert into schedule (name, status, schedule_type, plan, file_id, launch, decided_until, created_by, updated_by)
            values (${settings.name}, 'DRAFT', ${settings.scheduleType}, '{}', ${settings.launch.fileId}, '{}', present(),
              ${caller.userId}, ${caller.userId}) returning id, present() as now`,
        );
        if (!inserted) throw new Error('The schedule was not inserted.');
        await write(tx, inserted.id, settings, inserted.now);
        await note(tx, caller, 'schedule.create', inserted.id, settings);
        return asSchedule((await readHeld(tx, inserted.id)).row);
      });
    },

    /**
     * It goes on running in its owner's name.
     * @throws notFound; staleVersion; and as `create` does
     */
    async update(
      caller: Caller,
      id: number,
      change: (before: Schedule) => ScheduleSettings,
      version?: number,
    ): Promise<Schedule> {
      return database.transaction(async (tx) => {
        const { row, now } = await hold(tx, caller, id, version);
        const before = asSchedule(row);
        const settings = change(before);
        requireSmall(settings);
        await requireUsable(caller, before, settings.launch);
        await write(tx, id, settings, now);
        await touch(tx, caller, id);
        await note(tx, caller, 'schedule.update', id, settings);
        return asSchedule((await readHeld(tx, id)).row);
      });
    },

    /**
     * All or none. What is active already stays so.
     * @throws notFound; and as `create` does
     */
    async activate(caller: Caller, ids: readonly number[]): Promise<Schedule[]> {
      return database.transaction(async (tx) => {
        const activated: Schedule[] = [];
        // In one order, so that two calls do not wait for each other in a circle.
        for (const id of inOrder(ids)) {
          const { row, now } = await hold(tx, caller, id);
          const before = asSchedule(row);
          if (before.status !== 'ACTIVE') {
            await requireUsable(caller, before, before.launch);
            await write(tx, id, { ...before, status: 'ACTIVE' }, now);
            await touch(tx, caller, id);
            await note(tx, caller, 'schedule.activate', id, before);
          }
          activated.push(asSchedule((await readHeld(tx, id)).row));
        }
        return activated;
      });
    },

    /** All or none. Times that wait for a run before them are given up. @throws notFound */
    async deactivate(caller: Caller, ids: readonly number[]): Promise<Schedule[]> {
      return database.transaction(async (tx) => {
        const deactivated: Schedule[] = [];
        for (const id of inOrder(ids)) {
          const { row } = await hold(tx, caller, id);
          await tx.all(sql`update schedule set status = 'INACTIVE', next_run_on = null where id = ${id}`);
          await tx.all(sql`update schedule_occurrence set outcome = 'CANCELLED', why = 'The schedule was deactivated.'
            where schedule_id = ${id} and outcome = 'WAITING'`);
          await touch(tx, caller, id);
          await note(tx, caller, 'schedule.deactivate', id, row);
          deactivated.push(asSchedule((await readHeld(tx, id)).row));
        }
        return deactivated;
      });
    },

    /** All or none; with what is recorded of their times. What they deployed goes on. @throws notFound */
    async remove(caller: Caller, ids: readonly number[]): Promise<void> {
      await database.transaction(async (tx) => {
        for (const id of inOrder(ids)) {
          const row = await readRow(caller, id);
          await tx.all(sql`delete from schedule where id = ${id}`);
          await note(tx, caller, 'schedule.delete', id, row);
        }
      });
    },

    /** After a calendar has changed, or what a schedule says: when it is looked at next. */
    async reckonAll(tx: Transaction, where: ReturnType<typeof sql<SqlBool>>): Promise<void> {
      const held = await tx.all(
        sql<{
          id: number;
        }>`select s.id from schedule s where s.status = 'ACTIVE' and ${where} order by s.id for update`,
      );
      for (const { id } of held) {
        const { row, now } = await readHeld(tx, id);
        // What is due stays due.
        if (row.nextRunOn === null || Temporal.Instant.compare(row.nextRunOn, now) <= 0) continue;
        const next = nextLook(readPlan(row.plan), row.calendars, now);
        await tx.all(sql`update schedule set next_run_on = ${next ?? null} where id = ${id}`);
        await announce(tx, SCHEDULES, id);
      }
    },
  };

  /** Writes what was said, and from when on it counts. @param now of the database */
  async function write(tx: Transaction, id: number, settings: ScheduleSettings, now: Temporal.Instant): Promise<void> {
    const plan = settings.scheduleType === 'INSTANT' ? atOnce(settings.plan.timeZone, now) : settings.plan;
    const { fileId, launch, callbackSealed } = launches.keep(settings.launch, callbackOf(id));
    await putCalendars(tx, id, settings.calendarIds);
    await tx.all(sql`update schedule set name = ${settings.name}, description = ${settings.description}, status = ${settings.status},
      schedule_type = ${settings.scheduleType}, plan = ${writePlan(plan)}::jsonb, misfire_policy = ${settings.misfirePolicy},
      overlap_policy = ${settings.overlapPolicy}, file_id = ${fileId}, launch = ${launch}::jsonb, callback_sealed = ${callbackSealed},
      kept = ${JSON.stringify(settings.kept)}::jsonb, next_run_on = null where id = ${id}`);
    if (settings.status !== 'ACTIVE') return;
    const { row } = await readHeld(tx, id);
    const decidedUntil = await countsFrom(tx, id, now);
    const next = nextLook(plan, row.calendars, decidedUntil);
    if (next === undefined) {
      throw error('invalid', `The schedule "${settings.name}" would never run: all of its times have passed.`, {
        details: `expected a time after ${now.toString({ smallestUnit: 'second' })}`,
      });
    }
    await tx.all(sql`update schedule set decided_until = ${decidedUntil}, next_run_on = ${next} where id = ${id}`);
    await announce(tx, SCHEDULES, id);
  }
}

/** People say times in minutes: what is scheduled for this minute is not too late. What has been decided is not decided anew. */
async function countsFrom(tx: Transaction, id: number, now: Temporal.Instant): Promise<Temporal.Instant> {
  const row = await tx.first(
    sql<{
      last: Temporal.Instant | null;
    }>`select max(scheduled_for) as last from schedule_occurrence where schedule_id = ${id}`,
  );
  const minute = now.round({ smallestUnit: 'minute', roundingMode: 'floor' }).subtract({ microseconds: 1 });
  return row?.last && Temporal.Instant.compare(row.last, minute) > 0 ? row.last : minute;
}

function atOnce(timeZone: string, now: Temporal.Instant): Plan {
  const there = now.toZonedDateTimeISO(timeZone);
  // In an hour that the clocks show twice its local time means the first of the two, which may be over.
  const ambiguous = !there.toPlainDateTime().toZonedDateTime(timeZone, { disambiguation: 'earlier' }).equals(there);
  const local = ambiguous ? now.toZonedDateTimeISO('UTC') : there;
  return {
    timeZone: local.timeZoneId,
    startDate: local.toPlainDate(),
    endDate: null,
    startTime: local.toPlainTime(),
    recurrence: { type: 'ONCE' },
    repeat: null,
  };
}

async function putCalendars(tx: Transaction, id: number, calendarIds: readonly number[]): Promise<void> {
  const wanted = [...new Set(calendarIds)];
  const found = await tx.all(
    sql<{ id: number }>`select id from calendar where id = any(${wanted}::bigint[]) for share`,
  );
  const missing = wanted.filter((one) => !found.some((calendar) => calendar.id === one));
  if (missing.length > 0) {
    throw error('invalid', `There is no calendar with the id ${missing.join(', ')}.`, {
      details: 'expected ids of calendars in calendarIds',
    });
  }
  await tx.all(sql`delete from schedule_calendar where schedule_id = ${id}`);
  await tx.all(
    sql`insert into schedule_calendar (schedule_id, calendar_id) select ${id}, c from unnest(${wanted}::bigint[]) as c`,
  );
}

async function touch(tx: Transaction, caller: Caller, id: number): Promise<void> {
  await tx.all(
    sql`update schedule set updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`,
  );
}

async function note(
  tx: Transaction,
  caller: Caller,
  action: string,
  id: number,
  said: Partial<ScheduleSettings> | ScheduleRow,
): Promise<void> {
  const launch = said.launch as Partial<Launch> | undefined; // of a row it is the same, without the callback
  await recordAudit(tx, {
    actor: actorOf(caller),
    action,
    subject: { type: 'schedule', id, ...(said.name === undefined ? {} : { name: said.name }) },
    details: { status: said.status, scheduleType: said.scheduleType, fileId: launch?.fileId },
  });
}

function requireSmall({ kept }: ScheduleSettings): void {
  if (JSON.stringify(kept).length <= MOST_KEPT_BYTES) return;
  throw error('tooLarge', `What the schedule is to keep for the client is larger than ${MOST_KEPT_BYTES} characters.`);
}

const inOrder = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

export type Schedules = ReturnType<typeof createSchedules>;
