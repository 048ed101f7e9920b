import { excludedBy, type NamedExclusions, type Occurrence, occurrencesOf, type Plan } from './calendar/index.ts';

/** Days of a schedule that are looked through for one that no calendar excludes, before somebody looks again. */
const MOST_EXCLUDED = 2_000;

/** A time at which a schedule wants to run, and why it will not. */
export interface Upcoming extends Occurrence {
  /** Undefined when it will. */
  readonly excluded: string | undefined;
}

/** What a schedule does after `after`, up to and with `until`: the same for the forecast and for what fires. */
export function* upcomingOf(
  plan: Plan,
  calendars: readonly NamedExclusions[],
  after: Temporal.Instant,
  until?: Temporal.Instant,
): Generator<Upcoming> {
  for (const occurrence of occurrencesOf(plan, after, until))
    yield { ...occurrence, excluded: excludedBy(calendars, occurrence.day) };
}

/**
 * When somebody has to look at a schedule again: at its next run. Where only excluded ones are left, at the last of these,
 * so that they are recorded too. Undefined when nothing comes any more.
 */
export function nextLook(
  plan: Plan,
  calendars: readonly NamedExclusions[],
  after: Temporal.Instant,
): Temporal.Instant | undefined {
  let last: Temporal.Instant | undefined;
  let passed = 0;
  for (const { at, excluded } of upcomingOf(plan, calendars, after)) {
    last = at;
    if (excluded === undefined || ++passed >= MOST_EXCLUDED) break;
  }
  return last;
}
