import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { RunnerIdentity } from '../fleet/index.ts';

/** How far a bot has come with an item: the line it is at, and how many nodes it has run. */
export interface Progress {
  readonly id: number;
  readonly version: number;
  readonly botPath: string;
  readonly line: number;
  readonly steps: number;
}

/** What runners tell of bots that take longer than a moment. */
export function createItemProgress(database: Database) {
  return {
    /** Only for items that the device has under these versions. */
    async write(runner: RunnerIdentity, progress: readonly Progress[]): Promise<void> {
      if (progress.length === 0) return;
      await database.all(sql`insert into work_item_progress (work_item_id, version, bot_path, line, steps, updated_on)
        select i.id, i.version, i.path, i.line, i.steps, present()
        from unnest(${progress.map(({ id }) => id)}::bigint[], ${progress.map(({ version }) => version)}::int[],
          ${progress.map(({ botPath }) => botPath)}::text[], ${progress.map(({ line }) => line)}::int[],
          ${progress.map(({ steps }) => steps)}::bigint[]) as i (id, version, path, line, steps)
        join work_item w on w.id = i.id and w.claim_version = i.version and w.device_id = ${runner.deviceId} and w.lease_id is not null
        on conflict (work_item_id) do update set version = excluded.version, bot_path = excluded.bot_path, line = excluded.line,
          steps = excluded.steps, updated_on = excluded.updated_on`);
    },

    /** Undefined when nothing was told of the bot that has the item now. */
    read(itemId: number): Promise<(Omit<Progress, 'id' | 'version'> & { updatedOn: Temporal.Instant }) | undefined> {
      return database.first(sql<Omit<Progress, 'id' | 'version'> & { updatedOn: Temporal.Instant }>`
        select p.bot_path as "botPath", p.line, p.steps, p.updated_on as "updatedOn" from work_item_progress p
          join work_item w on w.id = p.work_item_id and w.claim_version = p.version
        where p.work_item_id = ${itemId}`);
    },

    /** A background duty: forgets what is no longer at work. */
    async sweep(): Promise<void> {
      await database.all(sql`delete from work_item_progress p where not exists (
        select from work_item w where w.id = p.work_item_id and w.claim_version = p.version and w.lease_id is not null)`);
    },
  };
}
