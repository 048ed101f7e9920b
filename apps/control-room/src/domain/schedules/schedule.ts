import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Launch } from '../launches/index.ts';
import { flagsOf, type Repository } from '../repository/index.ts';
import type { NamedExclusions, Plan } from './calendar/index.ts';

export const SCHEDULE_STATUSES = ['DRAFT', 'ACTIVE', 'INACTIVE'] as const;
export type ScheduleStatus = (typeof SCHEDULE_STATUSES)[number];
/** The wire's words (contract a §11). NONE is one run, INSTANT one at once. */
export const SCHEDULE_TYPES = ['NONE', 'INSTANT', 'DAILY', 'WEEKLY', 'MONTHLY'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

/** What becomes of runs whose time passed while no server was there: none, the last one of them, or all. */
export const MISFIRE_POLICIES = ['SKIP', 'ONCE', 'ALL'] as const;
export type MisfirePolicy = (typeof MISFIRE_POLICIES)[number];
/** What becomes of a run whose time has come while one before it is not over: it runs too, not at all, or after it. */
export const OVERLAP_POLICIES = ['ALLOW', 'SKIP', 'QUEUE'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

export interface Schedule {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly status: ScheduleStatus;
  readonly scheduleType: ScheduleType;
  readonly plan: Plan;
  readonly misfirePolicy: MisfirePolicy;
  readonly overlapPolicy: OverlapPolicy;
  readonly calendarIds: readonly number[];
  readonly launch: Launch;
  /** Empty when the bot is gone. */
  readonly fileName: string;
  readonly filePath: string;
  /** What the client sent and wants back. */
  readonly kept: Readonly<Record<string, unknown>>;
  readonly nextRunOn: Temporal.Instant | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

/** A schedule as it stands in the database. */
export interface ScheduleRow extends Omit<Schedule, 'plan' | 'launch'> {
  readonly plan: unknown;
  readonly launch: unknown;
  readonly callbackSealed: string | null;
  readonly decidedUntil: Temporal.Instant;
  readonly calendars: readonly NamedExclusions[];
}

export const callbackOf = (scheduleId: number): string => `schedule-callback:${scheduleId}`;

export const COLUMNS = sql`s.id, s.name, s.description, s.status, s.schedule_type as "scheduleType", s.plan,
  s.misfire_policy as "misfirePolicy", s.overlap_policy as "overlapPolicy", s.launch, s.callback_sealed as "callbackSealed", s.kept,
  coalesce((select b.name from repository_entry b where b.id = s.file_id), '') as "fileName",
  coalesce((select b.path from repository_entry b where b.id = s.file_id), '') as "filePath",
  array(select x.calendar_id from schedule_calendar x where x.schedule_id = s.id order by 1) as "calendarIds",
  (select coalesce(json_agg(c.exclusions || jsonb_build_object('name', c.name) order by c.id), '[]')
     from schedule_calendar x join calendar c on c.id = x.calendar_id where x.schedule_id = s.id) as calendars,
  s.decided_until as "decidedUntil", s.next_run_on as "nextRunOn", s.created_by as "createdBy", s.created_on as "createdOn",
  s.updated_by as "updatedBy", s.updated_on as "updatedOn", s.version`;

/** A schedule that this transaction holds, read after it was held: one statement would see what was before it waited. */
export async function readHeld(tx: Transaction, id: number): Promise<{ row: ScheduleRow; now: Temporal.Instant }> {
  const found = await tx.first(
    sql<
      ScheduleRow & { now: Temporal.Instant }
    >`select ${COLUMNS}, present() as now from schedule s where s.id = ${id}`,
  );
  if (!found) throw new Error(`The schedule ${id} is gone.`);
  const { now, ...row } = found;
  return { row, now };
}

/** What a caller sees, as pieces of a statement over `schedule s`. */
export interface Sight {
  /** `with …`, where the statement needs one. */
  readonly before: RawBuilder<unknown> | undefined;
  readonly visible: RawBuilder<SqlBool>;
}

/**
 * His own; all with `manageallschedules`; with `manageallmyfolderschedules` those of the bots that he may schedule himself
 * (contract a §11.1). Whoever sees those of others may change them.
 */
export async function sightOf(repository: Repository, caller: Caller): Promise<Sight> {
  if (caller.may('taskscheduling.manageallschedules')) return { before: undefined, visible: sql<SqlBool>`true` };
  const own = sql<SqlBool>`s.created_by = ${caller.userId}`;
  if (!caller.may('taskscheduling.manageallmyfolderschedules')) return { before: undefined, visible: own };
  const { before, source, visible, rights } = await repository.reach(caller);
  return {
    before,
    visible: sql<SqlBool>`(${own} or s.file_id in (
      select e.id from ${source} where ${visible} and (${rights} & ${flagsOf(['schedule'])}::int) <> 0))`,
  };
}
