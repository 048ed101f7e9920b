import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMoment, anyPlan, ZONES } from '../../../../test-support/plans.ts';
import { occurrencesOf, type Plan, readPlan, writePlan } from './index.ts';

const TEN_YEARS = { from: Temporal.Instant.from('2020-01-01T00:00Z'), to: Temporal.Instant.from('2030-01-01T00:00Z') };
const START = Temporal.Instant.from('2000-01-01T00:00Z');

const plan = (more: Partial<Plan>): Plan => ({
  timeZone: 'Europe/Berlin',
  startDate: Temporal.PlainDate.from('2026-01-01'),
  endDate: null,
  startTime: Temporal.PlainTime.from('02:30'),
  recurrence: { type: 'DAILY', interval: 1 },
  repeat: null,
  ...more,
});
const between = (of: Plan, from: string, to: string): string[] =>
  [...occurrencesOf(of, Temporal.Instant.from(from), Temporal.Instant.from(to))].map(({ at }) =>
    at.toZonedDateTimeISO(of.timeZone).toString({ timeZoneName: 'never' }),
  );
const localOf = (at: Temporal.Instant, timeZone: string): Temporal.PlainDateTime =>
  at.toZonedDateTimeISO(timeZone).toPlainDateTime();

/** The rule, said without the calendar: the first moment at which the clocks show this time or a later one. */
function isFirstMomentOf(at: Temporal.Instant, wanted: Temporal.PlainDateTime, timeZone: string): boolean {
  const shown = Temporal.PlainDateTime.compare(localOf(at, timeZone), wanted);
  if (shown < 0) return false;
  if (Temporal.PlainDateTime.compare(localOf(at.subtract({ nanoseconds: 1 }), timeZone), wanted) >= 0) return false;
  // Shown twice: nowhere within the hours before it.
  return (
    shown > 0 || ![20, 30, 60, 120, 180].some((minutes) => localOf(at.subtract({ minutes }), timeZone).equals(wanted))
  );
}

describe('a plan', () => {
  it('runs every day of ten years in every zone of the world: none is lost, none comes twice', () => {
    const wrong: string[] = [];
    for (const [i, timeZone] of ZONES.entries()) {
      const startTime = new Temporal.PlainTime([0, 2, 23, 1][i % 4], [0, 30, 59, 15][i % 4]);
      const daily = plan({ timeZone, startTime, startDate: Temporal.PlainDate.from('2020-01-02') });
      let day = daily.startDate;
      let offset: string | undefined;
      for (const occurrence of occurrencesOf(daily, TEN_YEARS.from, TEN_YEARS.to)) {
        const there = occurrence.at.toZonedDateTimeISO(timeZone);
        const wanted = day.toPlainDateTime(startTime);
        // Where nothing has been changed since the day before, showing the time is enough; and there are 1.5 million days.
        const plain = there.offset === offset && there.toPlainDateTime().equals(wanted);
        if (!occurrence.day.equals(day) || !(plain || isFirstMomentOf(occurrence.at, wanted, timeZone))) {
          wrong.push(`${timeZone} ${day} ${occurrence.at}`);
        }
        offset = there.offset;
        day = day.add({ days: 1 });
      }
      if (Math.abs(day.until('2030-01-01', { largestUnit: 'day' }).days) > 1) wrong.push(`${timeZone} ends at ${day}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('comes to the same, however the time is split', () => {
    fc.assert(
      fc.property(anyPlan, fc.tuple(anyMoment, anyMoment, anyMoment), (any, moments) => {
        const [a, b, c] = moments.sort(Temporal.Instant.compare);
        if (!a || !b || !c) return;
        const end = Temporal.Instant.compare(c, a.add({ hours: 24 * 500 })) < 0 ? c : a.add({ hours: 24 * 500 });
        const middle = Temporal.Instant.compare(b, end) < 0 ? b : end;
        const texts = (from: Temporal.Instant, to: Temporal.Instant) =>
          [...occurrencesOf(any, from, to)].map(({ at }) => at.toString());
        expect([...texts(a, middle), ...texts(middle, end)]).toEqual(texts(a, end));
      }),
    );
  });

  it('goes on in time, never back and never twice at one moment', () => {
    fc.assert(
      fc.property(anyPlan, (any) => {
        let last: Temporal.Instant | undefined;
        let count = 0;
        for (const { at } of occurrencesOf(any, START)) {
          if (last) expect(Temporal.Instant.compare(last, at)).toBe(-1);
          last = at;
          if (++count === 300) break;
        }
      }),
    );
  });

  it('runs on its days only, and on all of them, from its first to its last', () => {
    fc.assert(
      fc.property(anyPlan, (any) => {
        const { startDate, endDate, recurrence, startTime, timeZone } = any;
        const found = [];
        for (const { at, day } of occurrencesOf({ ...any, repeat: null }, START)) {
          found.push(day.toString());
          expect(isFirstMomentOf(at, day.toPlainDateTime(startTime), timeZone)).toBe(true);
          if (found.length === 60) break;
        }
        // Day by day, without reckoning in weeks or months.
        const wanted = [];
        for (let day = startDate; wanted.length < found.length; day = day.add({ days: 1 })) {
          if (belongs(day, startDate, recurrence)) wanted.push(day.toString());
        }
        expect(found).toEqual(wanted);
        if (endDate) expect(found.every((day) => day <= endDate.toString())).toBe(true);
      }),
    );
  });

  it('is the same after the database had it', () => {
    fc.assert(
      fc.property(anyPlan, (any) => {
        const again = readPlan(JSON.parse(writePlan(any)));
        expect(JSON.parse(writePlan(again))).toEqual(JSON.parse(writePlan(any)));
      }),
    );
  });
});

/** Whether a day is one of a plan's, by its definition. */
function belongs(day: Temporal.PlainDate, start: Temporal.PlainDate, recurrence: Plan['recurrence']): boolean {
  const months = (day.year - start.year) * 12 + day.month - start.month;
  switch (recurrence.type) {
    case 'ONCE':
      return day.equals(start);
    case 'DAILY':
      return start.until(day, { largestUnit: 'day' }).days % recurrence.interval === 0;
    case 'WEEKLY': {
      const days = start.subtract({ days: start.dayOfWeek - 1 }).until(day, { largestUnit: 'day' }).days;
      return Math.floor(days / 7) % recurrence.interval === 0 && recurrence.daysOfWeek.includes(day.dayOfWeek);
    }
    case 'MONTHLY': {
      if (months % recurrence.interval !== 0) return false;
      const isLast = day.day === day.daysInMonth;
      if (!('weekOfMonth' in recurrence)) {
        return recurrence.daysOfMonth.some((wanted) => wanted === day.day || (isLast && wanted > day.day));
      }
      if (day.dayOfWeek !== recurrence.dayOfWeek) return false;
      const isLastOfItsKind = day.day + 7 > day.daysInMonth;
      return Math.ceil(day.day / 7) === recurrence.weekOfMonth || (recurrence.weekOfMonth === 5 && isLastOfItsKind);
    }
  }
}

describe('where the clocks are changed', () => {
  it('a time that is left out runs at the first moment after the gap', () => {
    expect(between(plan({}), '2026-03-27T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T02:30:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-30T02:30:00+02:00',
    ]);
  });

  it('a time that comes twice runs once, at the first', () => {
    expect(between(plan({}), '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-25T02:30:00+02:00',
      '2026-10-26T02:30:00+01:00',
    ]);
  });

  it('repetitions walk in time that really passes', () => {
    const repeat = { everySeconds: 1_800, endTime: Temporal.PlainTime.from('03:00') };
    const often = plan({ startTime: Temporal.PlainTime.from('01:30'), repeat });
    expect(between(often, '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      '2026-03-29T01:30:00+01:00',
      '2026-03-29T03:00:00+02:00',
    ]);
    expect(between(often, '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual([
      '2026-10-25T01:30:00+02:00',
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:30:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T02:30:00+01:00',
      '2026-10-25T03:00:00+01:00',
    ]);
  });

  it('a day that a zone left out altogether runs at the first moment of the next', () => {
    const samoa = plan({ timeZone: 'Pacific/Apia', startDate: Temporal.PlainDate.from('2011-12-29') });
    expect(between(samoa, '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T02:30:00-10:00',
      '2011-12-31T00:00:00+14:00',
      '2011-12-31T02:30:00+14:00',
      '2012-01-01T02:30:00+14:00',
    ]);
  });
});

describe('a month', () => {
  const startDate = Temporal.PlainDate.from('2027-01-01');
  const startTime = Temporal.PlainTime.from('09:00');
  const days = (recurrence: Plan['recurrence']) =>
    between(plan({ timeZone: 'UTC', startDate, startTime, recurrence }), '2027-01-01T00:00Z', '2027-05-31T23:00Z').map(
      (text) => text.slice(5, 10),
    );

  it('without a 31st runs on its last day, and once where two of its days fall on that', () => {
    expect(days({ type: 'MONTHLY', interval: 1, daysOfMonth: [31] })).toEqual([
      '01-31',
      '02-28',
      '03-31',
      '04-30',
      '05-31',
    ]);
    expect(
      days({ type: 'MONTHLY', interval: 1, daysOfMonth: [15, 30, 31] }).filter((day) => day.startsWith('02')),
    ).toEqual(['02-15', '02-28']);
  });

  it('with four of a weekday only runs on the fourth when the fifth was named', () => {
    expect(days({ type: 'MONTHLY', interval: 1, weekOfMonth: 5, dayOfWeek: 1 })).toEqual([
      '01-25',
      '02-22',
      '03-29',
      '04-26',
      '05-31',
    ]);
    expect(days({ type: 'MONTHLY', interval: 2, weekOfMonth: 1, dayOfWeek: 5 })).toEqual(['01-01', '03-05', '05-07']);
  });
});
