import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { HeldRun } from './run-claims.ts';

/** How far a bot has come: the bot it is in, the line there, how many nodes it has run, and how much of it all that is. */
export interface RunProgress extends HeldRun {
  readonly botPath: string;
  readonly line: number;
  readonly steps: number;
  readonly percent: number;
}

/** What runners tell of deployed bots that take longer than a moment. */
export function createRunProgress(database: Database) {
  return {
    /** Only for runs that the device has under these versions. */
    async write(deviceId: number, progress: readonly RunProgress[]): Promise<void> {
      if (progress.length === 0) return;
      await database.all(sql`insert into run_progress (run_id, version, bot_path, line, steps, percent, updated_on)
        select i.id, i.version, i.path, i.line, i.steps, i.percent, present()
        from unnest(${progress.map(({ id }) => id)}::uuid[], ${progress.map(({ version }) => version)}::int[],
          ${progress.map(({ botPath }) => botPath)}::text[], ${progress.map(({ line }) => line)}::int[],
          ${progress.map(({ steps }) => steps)}::bigint[], ${progress.map(({ percent }) => percent)}::int[]) as i (id, version, path, line, steps, percent)
        join run r on r.id = i.id and r.version = i.version and r.device_id = ${deviceId} and r.lease_id is not null
        on conflict (run_id) do update set version = excluded.version, bot_path = excluded.bot_path, line = excluded.line,
          steps = excluded.steps, percent = excluded.percent, updated_on = excluded.updated_on`);
    },
  };
}
