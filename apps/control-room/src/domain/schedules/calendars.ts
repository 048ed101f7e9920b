import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Exclusions } from './calendar/index.ts';
import type { Schedules } from './schedules.ts';

/** Named days on which nothing runs; a schedule names the calendars that count for it. */
export interface Calendar {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly exclusions: Exclusions;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface CalendarSettings {
  readonly name: string;
  readonly description: string;
  readonly exclusions: Exclusions;
}

const MOST_DAYS = 5_000;

const COLUMNS = sql`c.id, c.name, c.description, c.exclusions, c.created_by as "createdBy", c.created_on as "createdOn",
  c.updated_by as "updatedBy", c.updated_on as "updatedOn", c.version`;
const FIELDS: Fields = {
  id: { type: 'number', sql: sql`c.id` },
  name: { type: 'text', sql: sql`c.name` },
  createdBy: { type: 'number', sql: sql`c.created_by` },
  createdOn: { type: 'instant', sql: sql`c.created_on` },
  updatedOn: { type: 'instant', sql: sql`c.updated_on` },
};

/** Everybody who schedules sees all of them; whoever made one changes it, and whoever manages all schedules. */
export function createCalendars({ database }: Kernel, schedules: Schedules) {
  async function get(id: number): Promise<Calendar> {
    const calendar = await database.first(sql<Calendar>`select ${COLUMNS} from calendar c where c.id = ${id}`);
    if (!calendar) throw error('notFound', `There is no calendar with the id ${id}.`);
    return calendar;
  }

  async function hold(tx: Transaction, caller: Caller, id: number, version?: number): Promise<Calendar> {
    await tx.all(sql`select 1 from calendar where id = ${id} for update`);
    const calendar = await get(id);
    if (calendar.createdBy !== caller.userId && !caller.may('taskscheduling.manageallschedules')) {
      throw error('forbidden', `The calendar "${calendar.name}" is not ${caller.username}’s.`, {
        details: 'needed: taskscheduling.manageallschedules, for those of others',
      });
    }
    if (version !== undefined && version !== calendar.version) {
      throw error(
        'staleVersion',
        `The calendar has changed: its version is ${calendar.version}, the request names ${version}.`,
      );
    }
    return calendar;
  }

  async function note(tx: Transaction, caller: Caller, action: string, { id, name }: { id: number; name: string }) {
    await recordAudit(tx, { actor: actorOf(caller), action, subject: { type: 'calendar', id, name } });
  }

  return {
    get,

    list: (selection: Selection): Promise<Page<Calendar>> =>
      selectPage<Calendar>(
        database,
        { columns: COLUMNS, source: sql`calendar c`, visible: sql<SqlBool>`true`, fields: FIELDS, tiebreak: sql`c.id` },
        selection,
      ),

    /** @throws duplicate when the name is taken; invalid for days that are none */
    async create(caller: Caller, settings: CalendarSettings): Promise<Calendar> {
      requireDays(settings.exclusions);
      return database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{ id: number }>`insert into calendar (name, description, exclusions, created_by, updated_by)
              values (${settings.name}, ${settings.description}, ${JSON.stringify(settings.exclusions)}::jsonb, ${caller.userId}, ${caller.userId})
              returning id`,
          );
          if (!row) throw new Error('The calendar was not inserted.');
          await note(tx, caller, 'calendar.create', { id: row.id, name: settings.name });
          return get(row.id);
        })
        .catch(refuseDuplicate(settings.name));
    },

    /** What is not named stays. Counts at once for all schedules that name it. @throws notFound; forbidden; staleVersion; as `create` does */
    async update(
      caller: Caller,
      id: number,
      changes: { readonly [Name in keyof CalendarSettings]?: CalendarSettings[Name] | undefined },
      version?: number,
    ): Promise<Calendar> {
      if (changes.exclusions) requireDays(changes.exclusions);
      return database
        .transaction(async (tx) => {
          // In the order in which whoever changes a schedule takes them: first the schedule, then its calendars.
          await tx.all(sql`select 1 from schedule s where ${naming(id)} order by s.id for update`);
          const before = await hold(tx, caller, id, version);
          const { name, description, exclusions } = { ...before, ...defined(changes) };
          await tx.all(sql`update calendar set name = ${name}, description = ${description}, exclusions = ${JSON.stringify(exclusions)}::jsonb,
            updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`);
          await schedules.reckonAll(tx, naming(id));
          await note(tx, caller, 'calendar.update', { id, name });
          return get(id);
        })
        .catch(refuseDuplicate(changes.name ?? ''));
    },

    /** @throws notFound; forbidden; conflict while a schedule names it */
    async remove(caller: Caller, id: number): Promise<void> {
      await database
        .transaction(async (tx) => {
          const calendar = await hold(tx, caller, id);
          await tx.all(sql`delete from calendar where id = ${id}`);
          await note(tx, caller, 'calendar.delete', calendar);
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'schedule_calendar_calendar_id_fkey') throw cause;
          throw error('conflict', 'The calendar is named by a schedule.', {
            details: 'take it out of the schedules first',
          });
        });
    },
  };
}

/** Over `schedule s`. */
function naming(calendarId: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from schedule_calendar x where x.schedule_id = s.id and x.calendar_id = ${calendarId})`;
}

/** @throws invalid */
function requireDays({ dates, ranges, daysOfWeek }: Exclusions): void {
  const texts = [...dates, ...ranges.flatMap(({ from, to }) => [from, to])];
  if (texts.length > MOST_DAYS) {
    throw error('invalid', `The calendar names ${texts.length} dates.`, { details: `expected at most ${MOST_DAYS}` });
  }
  for (const text of texts) {
    if (isDate(text)) continue;
    throw error('invalid', `"${text.slice(0, 40)}" is no date.`, { details: 'expected yyyy-MM-dd' });
  }
  const backwards = ranges.find(({ from, to }) => to < from);
  if (backwards) throw error('invalid', `The range from ${backwards.from} to ${backwards.to} ends before it begins.`);
  if (daysOfWeek.length >= 7) throw error('invalid', 'The calendar excludes every day of the week.');
}

function isDate(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

function defined<T extends object>(changes: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Name in keyof T]: Exclude<T[Name], undefined> }; // what was undefined is gone
}

function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'calendar_name')
      throw error('duplicate', `There is a calendar with the name "${name}" already.`);
    throw cause;
  };
}
