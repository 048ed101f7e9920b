import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { RunnerIdentity } from '../fleet/index.ts';

export interface LogLine {
  readonly workItemId: number;
  readonly occurredOn: string;
  readonly level: string;
  readonly text: string;
}

/** Longer lines are cut. */
const LONGEST = 4_000;

/** What bots said while they worked on items. */
export function createItemLogs(database: Database) {
  return {
    async write(runner: RunnerIdentity, lines: readonly LogLine[]): Promise<void> {
      if (lines.length === 0) return;
      await database.all(sql`insert into work_item_log (work_item_id, device_id, occurred_on, level, text)
        select l.*  from (select i.item, ${runner.deviceId}::bigint, i.at, i.level, i.text
          from unnest(${lines.map(({ workItemId }) => workItemId)}::bigint[], ${lines.map(({ occurredOn }) => occurredOn)}::timestamptz[],
            ${lines.map(({ level }) => level)}::text[], ${lines.map(({ text }) => text.replaceAll('\0', '').slice(0, LONGEST))}::text[]) as i (item, at, level, text)) l`);
    },

    read(workItemId: number): Promise<{ occurredOn: Temporal.Instant; level: string; text: string }[]> {
      return database.all(
        sql<{
          occurredOn: Temporal.Instant;
          level: string;
          text: string;
        }>`select occurred_on as "occurredOn", level, text
          from work_item_log where work_item_id = ${workItemId} order by id desc limit 1000`,
      );
    },
  };
}
