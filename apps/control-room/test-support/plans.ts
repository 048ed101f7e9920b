import fc from 'fast-check';
import type { Plan, Recurrence } from '../src/domain/schedules/index.ts';

/** Any plan whatsoever, in any zone of this machine's database, for the properties of the calendar. */
export const ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 45, 59))
  .map(([hour, minute]) => new Temporal.PlainTime(hour, minute));
const date = fc.integer({ min: 0, max: 3_650 }).map((days) => Temporal.PlainDate.from('2020-01-01').add({ days }));
const few = (max: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 5 }).map((all) => all.sort((a, b) => a - b));

const interval = fc.integer({ min: 1, max: 5 });
const recurrence: fc.Arbitrary<Recurrence> = fc.oneof(
  fc.constant({ type: 'ONCE' } as const),
  fc.record({ type: fc.constant('DAILY' as const), interval }),
  fc.record({ type: fc.constant('WEEKLY' as const), interval, daysOfWeek: few(7) }),
  fc.record({ type: fc.constant('MONTHLY' as const), interval, daysOfMonth: few(31) }),
  fc.record({
    type: fc.constant('MONTHLY' as const),
    interval,
    weekOfMonth: fc.integer({ min: 1, max: 5 }),
    dayOfWeek: fc.integer({ min: 1, max: 7 }),
  }),
);

export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    startDate: date,
    endAfterDays: fc.option(fc.integer({ min: 0, max: 400 })),
    startTime: time,
    recurrence,
    repeat: fc.option(
      fc.record({ everySeconds: fc.constantFrom(900, 1_800, 3_600, 5_400, 7_200, 25_200), endTime: fc.option(time) }),
    ),
  })
  .map(({ endAfterDays, repeat, ...plan }) => ({
    ...plan,
    endDate: endAfterDays === null ? null : plan.startDate.add({ days: endAfterDays }),
    repeat: repeat && {
      ...repeat,
      endTime: repeat.endTime && Temporal.PlainTime.compare(repeat.endTime, plan.startTime) < 0 ? null : repeat.endTime,
    },
  }));

/** A moment within the ten years that the plans begin in. */
export const anyMoment: fc.Arbitrary<Temporal.Instant> = fc
  .integer({ min: 0, max: 10 * 365 * 24 * 60 })
  .map((minutes) => Temporal.Instant.from('2020-01-01T00:00Z').add({ minutes }));
