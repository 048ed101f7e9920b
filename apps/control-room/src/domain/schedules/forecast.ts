import { sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Caller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import { readPlan } from './calendar/index.ts';
import { COLUMNS, type ScheduleRow, sightOf } from './schedule.ts';
import { upcomingOf } from './upcoming.ts';

/** One time at which a schedule will run, or will not. */
export interface Forecast {
  readonly scheduleId: number;
  readonly name: string;
  readonly at: Temporal.Instant;
  /** Undefined when it will run. */
  readonly excluded: string | undefined;
}

export interface Forecasts {
  readonly list: readonly Forecast[];
  /** Where to go on from, when there was more than fits. */
  readonly more: Temporal.Instant | undefined;
}

export interface Stretch {
  readonly from: Temporal.Instant | undefined;
  readonly to: Temporal.Instant | undefined;
}

const STANDARD = { hours: 24 * 7 };
const MOST_DAYS = 3_660;
const MOST = 2_000;

/** What the schedules will do, by the same rules as they do it. */
export function createForecasting({ database }: Kernel, repository: Repository) {
  async function stretchOf({ from, to }: Stretch): Promise<{ from: Temporal.Instant; to: Temporal.Instant }> {
    const row = await database.first(sql<{ now: Temporal.Instant }>`select present() as now`);
    const now = row?.now ?? Temporal.Now.instant();
    const begin = from === undefined || Temporal.Instant.compare(from, now) < 0 ? now : from;
    const end = to ?? begin.add(STANDARD);
    if (Temporal.Instant.compare(end, begin) < 0 || begin.until(end).total('hours') > MOST_DAYS * 24) {
      throw error('invalid', 'The stretch of time of the forecast cannot be.', {
        details: `expected from before to, at most ${MOST_DAYS} days apart; a forecast begins now or later`,
      });
    }
    return { from: begin, to: end };
  }

  function forecastOf(rows: readonly ScheduleRow[], from: Temporal.Instant, to: Temporal.Instant): Forecasts {
    const all = rows
      .filter(({ status }) => status === 'ACTIVE')
      .flatMap((row) => [...take(MOST + 1, forecastOne(row, from, to))])
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at) || a.scheduleId - b.scheduleId);
    return { list: all.slice(0, MOST), more: all[MOST]?.at };
  }

  return {
    /** @param row that the caller may see */
    async one(row: ScheduleRow, stretch: Stretch): Promise<Forecasts> {
      const { from, to } = await stretchOf(stretch);
      return forecastOf([row], from, to);
    },

    /** Of all that the caller may see. */
    async all(caller: Caller, stretch: Stretch): Promise<Forecasts> {
      const { from, to } = await stretchOf(stretch);
      const { before, visible } = await sightOf(repository, caller);
      const rows = await database.all(
        sql<ScheduleRow>`${before ?? sql``} select ${COLUMNS} from schedule s
          where s.status = 'ACTIVE' and s.next_run_on <= ${to.toString()}::timestamptz and ${visible} order by s.id`,
      );
      return forecastOf(rows, from, to);
    },
  };
}

/** Both ends belong to it. What is decided already is history. */
function* forecastOne(row: ScheduleRow, from: Temporal.Instant, to: Temporal.Instant): Generator<Forecast> {
  const before = from.subtract({ nanoseconds: 1 });
  const after = Temporal.Instant.compare(before, row.decidedUntil) < 0 ? row.decidedUntil : before;
  for (const { at, excluded } of upcomingOf(readPlan(row.plan), row.calendars, after, to)) {
    yield { scheduleId: row.id, name: row.name, at, excluded };
  }
}

function* take<T>(count: number, of: Iterable<T>): Generator<T> {
  let taken = 0;
  for (const one of of) {
    if (taken++ === count) return;
    yield one;
  }
}
