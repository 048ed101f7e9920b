import { daysOf } from './days.ts';
import { firstMomentOf } from './first-moment.ts';
import type { Plan } from './plan.ts';

/** One time at which a plan wants something to happen. */
export interface Occurrence {
  readonly at: Temporal.Instant;
  /** The day it belongs to. Where the clocks skip midnight, the moment itself may stand in the next one. */
  readonly day: Temporal.PlainDate;
}

/**
 * When a plan wants something to happen, after `after` and up to and with `until`, in order, each moment once. Lazy: without
 * an end it goes on for as long as the plan does. The same however the time is split: what is in (a, b] and (b, c] is what
 * is in (a, c].
 */
export function* occurrencesOf(plan: Plan, after: Temporal.Instant, until?: Temporal.Instant): Generator<Occurrence> {
  // A zone has skipped a whole day before, and a run may stand in the day after its own.
  const from = after.toZonedDateTimeISO(plan.timeZone).toPlainDate().subtract({ days: 2 });
  let last = after;
  for (const day of daysOf(plan, from)) {
    for (const at of momentsOf(plan, day)) {
      if (Temporal.Instant.compare(at, last) <= 0) continue;
      if (until !== undefined && Temporal.Instant.compare(at, until) > 0) return;
      last = at;
      yield { at, day };
    }
  }
}

/** Repetitions walk in time that really passes: an hour that the clocks show twice has twice as many of them. */
function* momentsOf({ timeZone, startTime, repeat }: Plan, day: Temporal.PlainDate): Generator<Temporal.Instant> {
  const first = firstMomentOf(day.toPlainDateTime(startTime), timeZone);
  yield first;
  if (repeat === null) return;
  const end =
    repeat.endTime === null
      ? firstMomentOf(day.add({ days: 1 }).toPlainDateTime(), timeZone).subtract({ nanoseconds: 1 })
      : firstMomentOf(day.toPlainDateTime(repeat.endTime), timeZone);
  for (let at = first.add({ seconds: repeat.everySeconds }); ; at = at.add({ seconds: repeat.everySeconds })) {
    if (Temporal.Instant.compare(at, end) > 0) return;
    yield at;
  }
}
