import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { RunnerIdentity } from '../fleet/index.ts';
import type { Repository } from '../repository/index.ts';
import { runSourcesOf } from './life-cycle.ts';
import type { ClaimedRun, HeldRun, RunClaims } from './run-claims.ts';
import type { RunEnds } from './run-ends.ts';

/** A deployed bot for a runner: which one, for whom, with what. */
export interface RunOrder extends Omit<ClaimedRun, 'filePath' | 'poolIds'> {
  /** Hash over the bot and its sub-bots; the runner fetches the bundle when it does not have it. */
  readonly bot: { readonly fileId: number; readonly path: string; readonly bundle: string };
}

/** What a runner is to do with a run that it has. Said until the runner's word shows that it was done. */
export interface RunCommand extends HeldRun {
  readonly command: 'PAUSE' | 'RESUME' | 'STOP';
}

/** Gives waiting runs, and people's wishes about running ones, to the runner of a device. */
export function createRunDispatch(database: Database, claims: RunClaims, ends: RunEnds, repository: Repository) {
  return {
    /** @param pooled whether runs for any device of the pool are wanted too */
    async take(runner: RunnerIdentity, sessionId: string, pooled: boolean): Promise<RunOrder[]> {
      if (!(await anyWaits(runner.deviceId, pooled))) return [];
      const orders: RunOrder[] = [];
      for (const { filePath, poolIds: _, ...run } of await claims.claim(runner, sessionId, pooled)) {
        const bundle = await repository.bundles.get(run.fileId, { label: run.botLabel });
        if (bundle) orders.push({ ...run, bot: { fileId: run.fileId, path: bundle.path, bundle: bundle.hash } });
        else
          await giveUp(
            run,
            `The bot "${filePath}" is no longer there${run.botLabel === '' ? '' : `, or no version of it has the label ${run.botLabel}`}.`,
          );
      }
      return orders;
    },

    /** The wishes that no poll has told this device yet. */
    commands(deviceId: number): Promise<RunCommand[]> {
      return database.all(sql<RunCommand>`update run r set command_told = true
        where r.device_id = ${deviceId} and r.command is not null and not r.command_told and r.lease_id is not null
        returning r.id, r.version, r.command`);
    },

    /** All wishes that the device has not fulfilled: an answer that told one may have been lost. */
    openCommands(deviceId: number): Promise<RunCommand[]> {
      return database.all(sql<RunCommand>`select id, version, command from run
        where device_id = ${deviceId} and command is not null and lease_id is not null`);
    },

    /** How urgent the most urgent run is that any device of the pool may take; undefined when none waits. */
    async urgencyIn(poolId: number): Promise<number | undefined> {
      const row = await database.first(
        sql<{ priority: number }>`select r.priority from run r join app_user u on u.id = r.user_id
          where r.pool_ids @> array[${poolId}]::bigint[] and r.status = 'QUEUED' and not u.disabled and u.deleted_on is null
          order by r.priority desc, r.id limit 1`,
      );
      return row?.priority;
    },
  };

  /** Asked first, because it takes no lock: most wake-ups are for somebody else. */
  async function anyWaits(deviceId: number, pooled: boolean): Promise<boolean> {
    const sources = sql.raw(runSourcesOf('deploy'));
    const row = await database.first(
      sql<{
        waits: boolean;
      }>`select exists (select from run where device_id = ${deviceId} and pool_ids is null and status in (${sources})) or ${pooled} as waits`,
    );
    return row?.waits ?? false;
  }

  async function giveUp(run: HeldRun, message: string): Promise<void> {
    await database.transaction(async (tx) => {
      await ends.tell(tx, { type: 'system', id: 0, name: 'system' }, await ends.giveUp(tx, run, message));
    });
  }
}

export type RunDispatch = ReturnType<typeof createRunDispatch>;
