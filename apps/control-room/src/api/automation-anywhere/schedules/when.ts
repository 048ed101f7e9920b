import {
  LAST_DAY,
  LAST_WEEK,
  type Plan,
  type Recurrence,
  type Repeat,
  type ScheduleType,
} from '../../../domain/schedules/index.ts';
import { error } from '../../../kernel/errors.ts';

/** When a schedule runs, in the wire's words (contract a §11), as loosely as clients say it. */
export interface WhenFields {
  readonly scheduleType?: string;
  /** What a client with a flat body says instead. */
  readonly recurrenceType?: string;
  readonly timeZone?: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly startTime?: string;
  readonly dailyRecurrence?: unknown;
  readonly weeklyRecurrence?: unknown;
  readonly monthlyRecurrence?: unknown;
  readonly repeatEnabled?: boolean;
  readonly repeatOccurrence?: unknown;
}

export const DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
const WEEKS = ['FIRST', 'SECOND', 'THIRD', 'FOURTH', 'LAST'] as const;
const LONGEST_INTERVAL = 1_000;

/** @throws invalid for an unknown word */
export function readType(when: WhenFields): ScheduleType {
  const word = (when.scheduleType || when.recurrenceType || '').trim().toUpperCase();
  switch (word) {
    case 'NONE':
    case 'ONCE':
      return 'NONE';
    case 'INSTANT':
    case 'DAILY':
    case 'WEEKLY':
    case 'MONTHLY':
      return word;
    case '':
      if (isGiven(when.monthlyRecurrence)) return 'MONTHLY';
      if (isGiven(when.weeklyRecurrence)) return 'WEEKLY';
      return isGiven(when.dailyRecurrence) ? 'DAILY' : 'NONE';
    default:
      throw refuse('scheduleType', word, 'NONE, ONCE, INSTANT, DAILY, WEEKLY or MONTHLY');
  }
}

/**
 * @param standardZone where none is named
 * @throws invalid with the field, what was expected and what came
 */
export function readPlan(type: ScheduleType, when: WhenFields, standardZone?: string): Plan {
  const timeZone = readZone(when.timeZone?.trim() || standardZone || (type === 'INSTANT' ? 'UTC' : ''));
  const start = readStart(type, when, timeZone);
  const endDate = when.endDate?.trim() ? readDate(when.endDate, 'endDate') : null;
  if (endDate && Temporal.PlainDate.compare(endDate, start.date) < 0) {
    throw refuse('endDate', endDate.toString(), `a date from startDate (${start.date.toString()}) on`);
  }
  const recurrence = readRecurrence(type, when, start.date);
  const repeats = when.repeatEnabled ?? isGiven(when.repeatOccurrence);
  const repeat = repeats && type !== 'INSTANT' ? readRepeat(when.repeatOccurrence, start.time) : null;
  return { timeZone, startDate: start.date, endDate, startTime: start.time, recurrence, repeat };
}

function readZone(name: string): string {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId;
  } catch {
    throw refuse('timeZone', name, 'an IANA name, such as Europe/Berlin');
  }
}

/** A date with a time in one field, as one client sends it, is a moment when it names its offset, and local when not. */
function readStart(type: ScheduleType, { startDate = '', startTime = '' }: WhenFields, timeZone: string) {
  if (type === 'INSTANT') return { date: new Temporal.PlainDate(1970, 1, 1), time: new Temporal.PlainTime() };
  const text = startDate.trim();
  const whole = /^\d{4}-\d{2}-\d{2}[T ]\d/.test(text);
  const local = whole ? readDateTime(text, timeZone) : undefined;
  const date = local?.toPlainDate() ?? readDate(text, 'startDate');
  const time = startTime.trim() ? readTime(startTime, 'startTime') : (local?.toPlainTime() ?? new Temporal.PlainTime());
  return { date, time };
}

function readDateTime(text: string, timeZone: string): Temporal.PlainDateTime {
  const moment = /([zZ]|[+-]\d{2}:?\d{2})$/.test(text);
  return attempt(
    () =>
      moment
        ? Temporal.Instant.from(text).toZonedDateTimeISO(timeZone).toPlainDateTime()
        : Temporal.PlainDateTime.from(text),
    () => refuse('startDate', text, 'a date (yyyy-MM-dd) or a date with a time'),
  );
}

function readDate(text: string, field: string): Temporal.PlainDate {
  return attempt(
    () => Temporal.PlainDate.from(text.trim().slice(0, 10)),
    () => refuse(field, text, 'a date, yyyy-MM-dd'),
  );
}

/** HH:mm, also with seconds, one digit, or am and pm behind it. */
function readTime(text: string, field: string): Temporal.PlainTime {
  const [, hour = '', minute = '', second = '0', half] =
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]m)?$/i.exec(text.trim()) ?? [];
  const afternoon = half?.toLowerCase() === 'pm' ? 12 : 0;
  return attempt(
    () =>
      Temporal.PlainTime.from(
        {
          hour: hour === '' ? -1 : half === undefined ? Number(hour) : (Number(hour) % 12) + afternoon,
          minute: Number(minute),
          second: Number(second),
        },
        { overflow: 'reject' },
      ),
    () => refuse(field, text, 'a time, HH:mm'),
  );
}

function readRecurrence(type: ScheduleType, when: WhenFields, start: Temporal.PlainDate): Recurrence {
  switch (type) {
    case 'NONE':
    case 'INSTANT':
      return { type: 'ONCE' };
    case 'DAILY':
      return { type, interval: readInterval(fieldsOf(when.dailyRecurrence, 'dailyRecurrence'), 'dailyRecurrence') };
    case 'WEEKLY': {
      const given = fieldsOf(when.weeklyRecurrence, 'weeklyRecurrence');
      const days = listOf(given.daysofweek).map((day) => readDay(day, 'weeklyRecurrence.daysOfWeek'));
      return {
        type,
        interval: readInterval(given, 'weeklyRecurrence'),
        daysOfWeek: days.length === 0 ? [start.dayOfWeek] : inOrder(days),
      };
    }
    case 'MONTHLY':
      return readMonthly(when.monthlyRecurrence, start);
  }
}

/** Contract a §15 no. 9: days of the month, or a day of a week of it. */
function readMonthly(value: unknown, start: Temporal.PlainDate): Recurrence {
  const where = 'monthlyRecurrence';
  const given = fieldsOf(value, where);
  const interval = readInterval(given, where);
  if (isGiven(given.weekofmonth) || isGiven(given.dayofweek)) {
    const week = isGiven(given.weekofmonth) ? readWeek(given.weekofmonth) : Math.ceil(start.day / 7);
    const day = isGiven(given.dayofweek) ? readDay(given.dayofweek, `${where}.dayOfWeek`) : start.dayOfWeek;
    return { type: 'MONTHLY', interval, weekOfMonth: week, dayOfWeek: day };
  }
  const days = listOf(given.daysofmonth ?? given.dayofmonth).map((day) => readDayOfMonth(day));
  return { type: 'MONTHLY', interval, daysOfMonth: days.length === 0 ? [start.day] : inOrder(days) };
}

function readRepeat(value: unknown, start: Temporal.PlainTime): Repeat {
  const where = 'repeatOccurrence';
  const given = fieldsOf(value, where);
  const every = Number(given.runevery ?? Number.NaN);
  if (!Number.isSafeInteger(every) || every < 1 || every > 10_000) {
    throw refuse(`${where}.runEvery`, String(given.runevery ?? ''), 'a whole number from 1 on');
  }
  const unit = String(given.timeunit ?? 'HOURS')
    .trim()
    .toUpperCase();
  if (!/^(HOURS?|MINUTES?)$/.test(unit)) throw refuse(`${where}.timeUnit`, unit, 'HOURS or MINUTES');
  const end = String(given.endtime ?? '').trim();
  const endTime = end === '' ? null : readTime(end, `${where}.endTime`);
  if (endTime && Temporal.PlainTime.compare(endTime, start) < 0) {
    throw refuse(
      `${where}.endTime`,
      end,
      `a time from startTime (${start.toString({ smallestUnit: 'minute' })}) on, on the same day`,
    );
  }
  return { everySeconds: every * (unit.startsWith('HOUR') ? 3_600 : 60), endTime };
}

function readInterval(given: Readonly<Record<string, unknown>>, where: string): number {
  const interval = Number(
    given.interval === undefined || given.interval === null || given.interval === '' ? 1 : given.interval,
  );
  if (Number.isSafeInteger(interval) && interval >= 1 && interval <= LONGEST_INTERVAL) return interval;
  throw refuse(`${where}.interval`, String(given.interval), `a whole number from 1 to ${LONGEST_INTERVAL}`);
}

/** MON, Monday, or 1 for it. */
function readDay(value: unknown, where: string): number {
  const word = String(value).trim().toUpperCase();
  const number = DAYS.findIndex((day) => word.startsWith(day)) + 1 || (/^[1-7]$/.test(word) ? Number(word) : 0);
  if (number > 0) return number;
  throw refuse(where, word, DAYS.join(', '));
}

function readWeek(value: unknown): number {
  const word = String(value).trim().toUpperCase();
  const named = (WEEKS as readonly string[]).indexOf(word) + 1;
  if (named > 0) return named;
  if (/^[1-5]$/.test(word)) return Number(word);
  if (word === '-1') return LAST_WEEK;
  throw refuse('monthlyRecurrence.weekOfMonth', word, `${WEEKS.join(', ')} or 1 to ${LAST_WEEK}`);
}

function readDayOfMonth(value: unknown): number {
  const word = String(value).trim().toUpperCase();
  if (word === 'LAST' || word === '-1') return LAST_DAY;
  const day = Number(word);
  if (word !== '' && Number.isSafeInteger(day) && day >= 1 && day <= LAST_DAY) return day;
  throw refuse('monthlyRecurrence.daysOfMonth', word, `1 to ${LAST_DAY}, or LAST`);
}

/** Keys in lower case, for clients write them as they like. */
function fieldsOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isGiven(value)) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(where, typeof value, 'an object');
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toLowerCase(), one]));
}

function listOf(value: unknown): readonly unknown[] {
  if (!isGiven(value)) return [];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(',').filter((part) => part.trim() !== '') : [value];
}

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
const inOrder = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);

function attempt<T>(read: () => T, refusal: () => Error): T {
  try {
    return read();
  } catch {
    throw refusal();
  }
}

function refuse(field: string, came: string, expected: string) {
  return error('invalid', `${field} cannot be read.`, {
    details: `expected ${expected}; came: ${came === '' ? 'nothing' : `"${came.slice(0, 100)}"`}`,
  });
}
