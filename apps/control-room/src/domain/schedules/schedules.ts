import { type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import { type Launch, type Launches, whatRuns } from '../launches/index.ts';
import type { Repository } from '../repository/index.ts';
import { readPlan } from './calendar/index.ts';
import { type Firing, SCHEDULES } from './firing.ts';
import { COLUMNS, callbackOf, readHeld, type Schedule, type ScheduleRow, sightOf } from './schedule.ts';
import { nextLook } from './upcoming.ts';
import { giveUpWaiting, type ScheduleSettings, writeSchedule } from './writing.ts';

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
        await writeSchedule(tx, launches, inserted.id, settings, inserted.now);
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
        await requireUsable(caller, before, settings.launch);
        await writeSchedule(tx, launches, id, settings, now);
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
            await writeSchedule(tx, launches, id, { ...before, status: 'ACTIVE' }, now);
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
          await giveUpWaiting(tx, id);
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
  const launch = said.launch as Launch; // of a row it is the same, without the callback
  await recordAudit(tx, {
    actor: actorOf(caller),
    action,
    subject: { type: 'schedule', id, ...(said.name === undefined ? {} : { name: said.name }) },
    details: { status: said.status, scheduleType: said.scheduleType, ...whatRuns(launch) },
  });
}

const inOrder = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

export type Schedules = ReturnType<typeof createSchedules>;
