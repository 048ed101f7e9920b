import { type NamedExclusions, type Plan, readPlan } from './calendar/index.ts';
import type { MisfirePolicy, ScheduleRow } from './schedule.ts';
import { nextLook, type Upcoming, upcomingOf } from './upcoming.ts';

/** Later than this it counts as missed: longer than any look takes, shorter than anybody schedules. */
export const GRACE = Temporal.Duration.from({ seconds: 60 });
/** As many as one transaction decides. After a year without a server there may be half a million. */
const BATCH = 500;

export type Decision =
  | { readonly at: Temporal.Instant; readonly fire: true; readonly late: boolean }
  | {
      readonly at: Temporal.Instant;
      readonly fire: false;
      readonly outcome: 'MISFIRED' | 'EXCLUDED';
      readonly why: string;
    };

export interface Decided {
  readonly decisions: readonly Decision[];
  /** Up to here all is decided. */
  readonly until: Temporal.Instant;
  /** Undefined when nothing comes any more. */
  readonly next: Temporal.Instant | undefined;
}

/**
 * What is to become of everything that is due at `now`, as calendars and the misfire policy say.
 *
 * @param noticed whether it is late is asked of this moment: that others are settled before it makes nothing late
 */
export function decide(
  row: Pick<ScheduleRow, 'plan' | 'calendars' | 'decidedUntil' | 'misfirePolicy'>,
  now: Temporal.Instant,
  noticed = now,
): Decided {
  const plan = readPlan(row.plan);
  const { calendars } = row;
  const decisions: Decision[] = [];
  for (const upcoming of upcomingOf(plan, calendars, row.decidedUntil, now)) {
    // The next transaction goes on here.
    const last = decisions.at(-1);
    if (decisions.length === BATCH && last) return { decisions, until: last.at, next: upcoming.at };
    decisions.push(decideOne(upcoming, { plan, calendars, now, noticed, policy: row.misfirePolicy }));
  }
  return { decisions, until: now, next: nextLook(plan, calendars, now) };
}

interface Circumstances {
  readonly plan: Plan;
  readonly calendars: readonly NamedExclusions[];
  readonly now: Temporal.Instant;
  readonly noticed: Temporal.Instant;
  readonly policy: MisfirePolicy;
}

function decideOne({ at, excluded }: Upcoming, { plan, calendars, now, noticed, policy }: Circumstances): Decision {
  if (excluded !== undefined) return { at, fire: false, outcome: 'EXCLUDED', why: excluded };
  const late = Temporal.Duration.compare(at.until(noticed), GRACE) > 0;
  if (!late || policy === 'ALL') return { at, fire: true, late };
  const missed = `No server was there to run it; it was noticed ${inWords(at.until(noticed))} later`;
  if (policy === 'SKIP')
    return { at, fire: false, outcome: 'MISFIRED', why: `${missed}, and missed runs are skipped.` };
  for (const later of upcomingOf(plan, calendars, at, now)) {
    if (later.excluded !== undefined) continue;
    return { at, fire: false, outcome: 'MISFIRED', why: `${missed}, and the run of ${later.at} makes up for it.` };
  }
  return { at, fire: true, late };
}

/** `3 h 20 min` */
export function inWords(duration: Temporal.Duration): string {
  const { days, hours, minutes, seconds } = duration.round({ largestUnit: 'day', smallestUnit: 'second' });
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [seconds, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count !== 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}
