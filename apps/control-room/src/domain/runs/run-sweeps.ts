import { sql } from 'kysely';
import { leaveBlobs } from '../../kernel/blobs.ts';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Fleet } from '../fleet/index.ts';
import { runSourcesOf } from './life-cycle.ts';
import { announceWaiting } from './run-claims.ts';
import type { EndedRun, RunEnds } from './run-ends.ts';

const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;
/** Rows that one transaction deletes. */
const BATCH = 1_000;

/** What befalls runs without anybody's doing: their device is lost, or they have become old. */
export function createRunSweeps(
  database: Database,
  ends: RunEnds,
  health: Fleet['health'],
  retentionDays: number | undefined,
) {
  return {
    /**
     * Runs whose lease is over, whoever ended it. What had not begun waits again, for nothing has happened yet. What had
     * begun becomes UNKNOWN: a bot may have paid, sent, deleted, and is never run twice. Finished runs hold no lease and
     * are not looked at.
     */
    recover(why = 'Its runner fell silent.'): Promise<{ requeued: number; lost: number }> {
      return database.transaction(async (tx) => {
        const requeued = await tx.all(
          sql<{
            id: string;
            deviceId: number | null;
            poolIds: number[] | null;
          }>`update run r set status = 'QUEUED', version = r.version + 1,
              lease_id = null, command = null, device_id = case when r.pool_ids is null then r.device_id end, deployed_on = null,
              modified_by = 0, modified_on = present()
            where r.id in (${leaseless('recover')}) returning r.id, r.device_id as "deviceId", r.pool_ids as "poolIds"`,
        );
        const lost = await tx.all(
          sql<EndedRun>`update run r set status = 'UNKNOWN', version = r.version + 1, lease_id = null, command = null, ended_on = present(),
              message = ${`${why} How far the bot came is not known.`}, modified_by = 0, modified_on = present()
            where r.id in (${leaseless('lose')}) returning ${ends.columns}`,
        );
        if (requeued.length > 0) {
          await recordAudit(tx, {
            actor: SYSTEM,
            action: 'run.recover',
            subject: { type: 'runs', id: requeued.length },
            details: { why, runs: requeued.map(({ id }) => id) },
          });
        }
        await ends.tell(tx, SYSTEM, lost, { why });
        for (const { deviceId, workedOn } of await devicesOf(tx, lost))
          await health.failed(tx, deviceId, why, workedOn);
        await announceWaiting(tx, requeued);
        await requeuePending(tx);
        return { requeued: requeued.length, lost: lost.length };
      });
    },

    /** Forgets runs that ended long ago, with what they said and left behind, where a time is set. Answers how many. */
    async forget(): Promise<number> {
      const days = retentionDays;
      if (days === undefined) return 0;
      let count = 0;
      for (;;) {
        const runs = await database.transaction(async (tx) => {
          const old = await tx.all(
            sql<{ id: string }>`select id from run where ended_on < present() - make_interval(days => ${days})
              order by ended_on nulls first limit ${BATCH} for update skip locked`,
          );
          const ids = old.map(({ id }) => id);
          await deleteRuns(tx, ids);
          if (ids.length > 0) {
            await recordAudit(tx, {
              actor: SYSTEM,
              action: 'run.forget',
              subject: { type: 'runs', id: ids.length },
              details: { days },
            });
          }
          return ids.length;
        });
        count += runs;
        if (runs < BATCH) break;
      }
      await database.all(sql`delete from deployment d where d.created_on < present() - make_interval(days => ${days})
        and not exists (select from run r where r.deployment_id = d.id)`);
      return count;
    },

    /** Forgets how far bots had come that are no longer at work. */
    async forgetProgress(): Promise<void> {
      await database.all(sql`delete from run_progress p where not exists (
        select from run r where r.id = p.run_id and r.version = p.version and r.lease_id is not null)`);
    },
  };
}

/** With what they said and left behind. */
export async function deleteRuns(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const which = sql`any(${[...ids]}::uuid[])`;
  const left = await tx.all(
    sql<{ sha256: Buffer }>`delete from run_artifact where run_id = ${which} returning content_sha256 as sha256`,
  );
  await tx.all(sql`delete from run_log where run_id = ${which}`);
  await tx.all(sql`delete from run_progress where run_id = ${which}`);
  await tx.all(sql`delete from run where id = ${which}`);
  await leaveBlobs(
    tx,
    left.map(({ sha256 }) => sha256),
  );
}

/** Each once, however many runs it had: it fell silent once. */
function devicesOf(tx: Transaction, lost: readonly EndedRun[]) {
  return tx.all(
    sql<{
      deviceId: number;
      workedOn: Temporal.Instant | null;
    }>`select device_id as "deviceId", max(last_item_on) as "workedOn"
      from run where id = any(${lost.map(({ id }) => id)}::uuid[]) and device_id is not null group by 1 order by 1`,
  );
}

/** Runs in the states that `transition` starts from, whose lease is over. */
function leaseless(transition: 'recover' | 'lose') {
  return sql`select h.id from run h where h.lease_id is not null and h.status in (${sql.raw(runSourcesOf(transition))})
    and not exists (select from lease l where l.id = h.lease_id) for update skip locked`;
}

/** Nothing stands behind a device that is gone: it waits for the device. */
async function requeuePending(tx: Transaction): Promise<void> {
  await tx.all(sql`update run r set status = 'QUEUED', modified_on = present()
    where r.status in (${sql.raw(runSourcesOf('requeue'))}) and r.pool_ids is null
      and not exists (select from lease l where l.subject = 'device:' || r.device_id)`);
}
