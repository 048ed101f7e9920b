import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import type { Launch, Launches } from '../launches/index.ts';
import { type Plan, writePlan } from './calendar/index.ts';
import { SCHEDULES } from './firing.ts';
import {
  callbackOf,
  type MisfirePolicy,
  type OverlapPolicy,
  readHeld,
  type ScheduleStatus,
  type ScheduleType,
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

const MOST_KEPT = 65_536;

/**
 * Writes what was said, and from when on it counts, over the row that this transaction holds.
 *
 * @param now of the database
 * @throws invalid for times that have all passed and for unknown calendars; tooLarge
 */
export async function writeSchedule(
  tx: Transaction,
  launches: Launches,
  id: number,
  settings: ScheduleSettings,
  now: Temporal.Instant,
): Promise<void> {
  requireSmall(settings);
  const plan = settings.scheduleType === 'INSTANT' ? atOnce(settings.plan.timeZone, now) : settings.plan;
  const { fileId, launch, callbackSealed } = launches.keep(settings.launch, callbackOf(id));
  await putCalendars(tx, id, settings.calendarIds);
  await tx.all(sql`update schedule set name = ${settings.name}, description = ${settings.description}, status = ${settings.status},
    schedule_type = ${settings.scheduleType}, plan = ${writePlan(plan)}::jsonb, misfire_policy = ${settings.misfirePolicy},
    overlap_policy = ${settings.overlapPolicy}, file_id = ${fileId}, launch = ${launch}::jsonb, callback_sealed = ${callbackSealed},
    kept = ${JSON.stringify(settings.kept)}::jsonb, next_run_on = null where id = ${id}`);
  if (settings.status !== 'ACTIVE') {
    await giveUpWaiting(tx, id);
    return;
  }
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

/** Times that wait for a run before them do not run any more. */
export async function giveUpWaiting(tx: Transaction, id: number): Promise<void> {
  await tx.all(sql`update schedule_occurrence set outcome = 'CANCELLED', why = 'The schedule was deactivated.', decided_on = present()
    where schedule_id = ${id} and outcome = 'WAITING'`);
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

function requireSmall({ kept }: ScheduleSettings): void {
  if (JSON.stringify(kept).length <= MOST_KEPT) return;
  throw error('tooLarge', `What the schedule is to keep for the client is larger than ${MOST_KEPT} characters.`);
}
