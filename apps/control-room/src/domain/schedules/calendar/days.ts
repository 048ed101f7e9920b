import { LAST_WEEK, type Plan, type Recurrence } from './plan.ts';

/** Nothing is planned beyond it, and Temporal ends not much later. */
const LAST_YEAR = 9999;

/** The days of a plan from a date on, in order, each once. */
export function* daysOf(
  { startDate, endDate, recurrence }: Plan,
  from: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  const first = later(startDate, from);
  for (const day of candidates(recurrence, startDate, first)) {
    if (day.year > LAST_YEAR || (endDate !== null && isBefore(endDate, day))) return;
    if (!isBefore(day, first)) yield day;
  }
}

/** In order and each once, beginning at or shortly before `from`. */
function candidates(
  recurrence: Recurrence,
  start: Temporal.PlainDate,
  from: Temporal.PlainDate,
): Iterable<Temporal.PlainDate> {
  switch (recurrence.type) {
    case 'ONCE':
      return [start];
    case 'DAILY':
      return daily(recurrence.interval, start, from);
    case 'WEEKLY':
      return weekly(recurrence.interval, recurrence.daysOfWeek, start, from);
    case 'MONTHLY':
      return monthly(recurrence, start, from);
  }
}

function* daily(interval: number, start: Temporal.PlainDate, from: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  const passed = start.until(from, { largestUnit: 'day' }).days;
  for (let n = Math.floor(passed / interval); ; n++) yield start.add({ days: n * interval });
}

function* weekly(
  interval: number,
  daysOfWeek: readonly number[],
  start: Temporal.PlainDate,
  from: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  const monday = start.subtract({ days: start.dayOfWeek - 1 });
  const passed = monday.until(from, { largestUnit: 'week' }).weeks;
  for (let n = Math.floor(passed / interval); ; n++) {
    const week = monday.add({ weeks: n * interval });
    for (const day of daysOfWeek) yield week.add({ days: day - 1 });
  }
}

function* monthly(
  recurrence: Extract<Recurrence, { type: 'MONTHLY' }>,
  start: Temporal.PlainDate,
  from: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  const first = start.with({ day: 1 });
  const passed = first.until(from.with({ day: 1 }), { largestUnit: 'month' }).months;
  for (let n = Math.floor(passed / recurrence.interval); ; n++) {
    const month = first.add({ months: n * recurrence.interval });
    if ('weekOfMonth' in recurrence) yield nthWeekday(month, recurrence.weekOfMonth, recurrence.dayOfWeek);
    else yield* lastOf(month, recurrence.daysOfMonth);
  }
}

/** The 30th and the 31st are one day in April: it comes once. */
function* lastOf(month: Temporal.PlainDate, days: readonly number[]): Generator<Temporal.PlainDate> {
  const there = new Set(days.map((day) => Math.min(day, month.daysInMonth)));
  for (const day of there) yield month.with({ day });
}

function nthWeekday(month: Temporal.PlainDate, week: number, dayOfWeek: number): Temporal.PlainDate {
  const first = month.add({ days: (dayOfWeek - month.dayOfWeek + 7) % 7 });
  const wanted = first.add({ weeks: week - 1 });
  return wanted.month === month.month ? wanted : first.add({ weeks: LAST_WEEK - 2 });
}

function isBefore(a: Temporal.PlainDate, b: Temporal.PlainDate): boolean {
  return Temporal.PlainDate.compare(a, b) < 0;
}

function later(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return isBefore(a, b) ? b : a;
}
