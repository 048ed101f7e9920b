import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';

/** The database's clock, for a question that comes with every request: has this token ended? */
export interface DatabaseClock {
  /** Milliseconds since 1970. */
  now(): Promise<number>;
  /** The same, where it is known without asking the database. */
  peek(): number | undefined;
}

interface Reading {
  /** What to add to this process's own running time. */
  readonly offset: number;
  readonly readOn: number;
}

/** The database is asked again after so long: that bounds what a host whose clock runs off can be wrong by. */
const KEEP_MS = 5_000;
/** A running time is off by 2 s in so long at the worst; whoever peeks would rather have that than wait for the database. */
const PEEK_MS = 3_600_000;

/**
 * Between two readings the process's own monotonic clock counts on. Whoever moves the database's clock announces
 * `clock:moved`, and from then on the moved time counts.
 */
export function createDatabaseClock(database: Database, wakeUps: WakeUps): DatabaseClock {
  let reading: Promise<Reading> | undefined;
  let last: Reading | undefined;
  const forget = (): void => {
    reading = undefined;
    last = undefined;
  };
  wakeUps.on('clock', forget);
  wakeUps.onGap(forget);

  const isFresh = ({ readOn }: Reading): boolean => performance.now() - readOn < KEEP_MS && wakeUps.listening();

  function refresh(): Promise<Reading> {
    const fresh = read();
    reading = fresh;
    fresh.then(
      (found) => {
        if (reading === fresh) last = found;
      },
      () => {
        if (reading === fresh) reading = undefined;
      },
    );
    return fresh;
  }

  async function read(): Promise<Reading> {
    const row = await database.first(
      // Not present(): that stands still for the length of a transaction.
      sql<{ now: number }>`select (extract(epoch from clock_timestamp() + ahead) * 1000)::float8 as now from clock`,
    );
    if (!row) throw new Error('The clock has no row.');
    const readOn = performance.now();
    return { offset: row.now - readOn, readOn };
  }

  return {
    now: async () => {
      const kept = reading && (await reading);
      if (kept && isFresh(kept)) return performance.now() + kept.offset;
      return performance.now() + (await refresh()).offset;
    },
    peek: () => {
      if (last === undefined || !wakeUps.listening() || performance.now() - last.readOn > PEEK_MS) return undefined;
      // Good enough for this once; the next call finds a new reading.
      if (!isFresh(last)) refresh().catch(() => {});
      return performance.now() + last.offset;
    },
  };
}
