import { sql } from 'kysely';
import { type Database, storableText } from '../../kernel/database/index.ts';

/** What a bot said. Numbered by its runner from 1 on. */
export interface RunLogLine {
  readonly number: number;
  readonly occurredOn: Temporal.Instant;
  readonly level: string;
  readonly text: string;
}

export interface NewRunLogLine {
  readonly id: string;
  readonly number: number;
  readonly occurredOn: string;
  readonly level: string;
  readonly text: string;
}

/** Longer lines are cut. */
const LONGEST = 4_000;
/** Of one run; what a bot says beyond it is not kept. */
const MOST_LINES = 100_000;
/** Lines in one answer. */
export const LINES_AT_ONCE = 1_000;

/** What deployed bots said while they ran. */
export function createRunLogs(database: Database) {
  return {
    /** Only of runs that the device has or had; a line that is told again is kept once. */
    async write(deviceId: number, lines: readonly NewRunLogLine[]): Promise<void> {
      if (lines.length === 0) return;
      await database.all(sql`insert into run_log (run_id, number, occurred_on, level, text)
        select i.id, i.number, i.at, i.level, i.text
        from unnest(${lines.map(({ id }) => id)}::uuid[], ${lines.map(({ number }) => number)}::int[],
          ${lines.map(({ occurredOn }) => occurredOn)}::timestamptz[], ${lines.map(({ level }) => level)}::text[],
          ${lines.map(({ text }) => storableText(text.slice(0, LONGEST)))}::text[]) as i (id, number, at, level, text)
        join run r on r.id = i.id and r.device_id = ${deviceId}
        where i.number between 1 and ${MOST_LINES}
        on conflict do nothing`);
    },

    /** In their order, those after number `after`, at most LINES_AT_ONCE. */
    read(runId: string, after: number): Promise<RunLogLine[]> {
      return database.all(
        sql<RunLogLine>`select number, occurred_on as "occurredOn", level, text from run_log
          where run_id = ${runId} and number > ${after} order by number limit ${LINES_AT_ONCE}`,
      );
    },
  };
}
