import { type RawBuilder, sql } from 'kysely';
import { queryBuilder } from './query-builder.ts';

/** Up to here rows are counted at every call: 10,000 take 1 to 3 ms from an index, a million 60 to 150. */
export const COUNTED_LIVE = 10_000;
/** A count that took t milliseconds is good for so many times t: at most a tenth of a core goes into counting one thing. */
const GOOD_FOR = 10;
/** After that, and until it is so old, it is still answered while the next count runs. */
const ANSWERED_FOR_MS = 10_000;
const MOST_KEPT = 1_000;

/** Whatever runs statements. */
interface Asked {
  first<Row>(query: RawBuilder<Row>): Promise<Row | undefined>;
}

interface Kept {
  readonly count: number;
  readonly at: number;
  readonly took: number;
}

/**
 * How many rows a list has. Exact at every call up to COUNTED_LIVE; of more rows it is the exact count of some moments
 * ago, at most ten seconds. Clients read a total to know when to stop paging, so an estimate, which may be too low, will
 * not do; and counting a million rows for each page of fifty costs more than the page.
 */
export interface Counts {
  /**
   * @param from a FROM clause with its WHERE
   * @param before `with …` in front of the statement
   */
  of(connection: Asked, from: RawBuilder<unknown>, before?: RawBuilder<unknown>): Promise<number>;
}

export function createCounts(now: () => number = () => performance.now()): Counts {
  const kept = new Map<string, Kept>();
  const counting = new Map<string, Promise<number>>();
  const builder = queryBuilder<unknown>();

  async function count(connection: Asked, statement: RawBuilder<{ count: number }>, key: string): Promise<number> {
    const began = now();
    const row = await connection.first(statement);
    const ended = now();
    kept.delete(key);
    kept.set(key, { count: row?.count ?? 0, at: ended, took: ended - began });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return row?.count ?? 0;
  }

  /** Several callers wait for one count. */
  function counted(connection: Asked, statement: RawBuilder<{ count: number }>, key: string): Promise<number> {
    const underWay = counting.get(key);
    if (underWay) return underWay;
    const fresh = count(connection, statement, key).finally(() => counting.delete(key));
    counting.set(key, fresh);
    return fresh;
  }

  return {
    async of(connection, from, before = sql``) {
      const all = sql<{ count: number }>`${before} select count(*) as count from ${from}`;
      const { sql: text, parameters } = all.compile(builder);
      const key = `${text}\n${JSON.stringify(parameters)}`;
      const known = kept.get(key);
      if (known) {
        const age = now() - known.at;
        if (age < known.took * GOOD_FOR) return known.count;
        if (age < ANSWERED_FOR_MS) {
          // Whoever comes next asks again.
          counted(connection, all, key).catch(() => {});
          return known.count;
        }
      }
      const few = await connection.first(
        sql<{
          count: number;
        }>`${before} select count(*) as count from (select from ${from} limit ${COUNTED_LIVE + 1}) as counted`,
      );
      if ((few?.count ?? 0) <= COUNTED_LIVE) {
        kept.delete(key);
        return few?.count ?? 0;
      }
      return counted(connection, all, key);
    },
  };
}
