import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { expireLeases, type Lease, releaseLeases } from '../../kernel/leases.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { sourcesOf } from './life-cycle.ts';
import { dropUnfinished, PROCESS_RUN } from './run-items.ts';

/**
 * An item that was worked on and lost with its runner this often is not tried again: it may be what kills them. One that was
 * only waiting there has nothing to do with it.
 */
export const MOST_LOSSES = 3;

const GIVEN_UP = sql`(w.status = 'ACTIVE' and (q.on_lost = 'UNKNOWN' or w.losses + 1 >= ${MOST_LOSSES}))`;

const ALWAYS = Temporal.Instant.fromEpochMilliseconds(0);

export interface Sweep {
  readonly recovered: number;
  readonly resumed: number;
  readonly expired: number;
  /** Seconds until there may be something to do again; undefined when nothing is waiting for a time. */
  readonly next: number | undefined;
}

/**
 * What time alone brings about: leases that ran out, deferrals that are over, items that expired. Any replica may do it;
 * rows are taken with SKIP LOCKED. It only touches items whose lease it has just ended: finished work stays as it is.
 */
export function createSweeps(database: Database) {
  const system = { type: 'system', id: 0, name: 'system' } as const;

  /** Items of ended leases go back in line, or to UNKNOWN where the queue says so or the item has been lost too often. */
  async function recover(
    leases: readonly Lease[],
    why: string,
    tx: Parameters<Parameters<Database['transaction']>[0]>[0],
  ): Promise<number> {
    if (leases.length === 0) return 0;
    const rows = await tx.all(
      sql<{ id: number; queue_id: number; status: string; process_run_id: string | null }>`
        update work_item w set
          status = case when ${GIVEN_UP} then 'UNKNOWN' else 'NEW' end::item_status,
          losses = w.losses + (w.status = 'ACTIVE')::int,
          version = w.version + 1, claim_version = null, lease_id = null, error = ${why},
          end_time = case when ${GIVEN_UP} then present() end,
          updated_by = 0, updated_on = present()
        from queue q
        where q.id = w.queue_id and w.lease_id = any(${leases.map(({ id }) => id)}) and w.status in (${sql.raw(sourcesOf('recover'))})
        returning w.id, w.queue_id, w.status, w.process_run_id`,
    );
    await dropUnfinished(
      tx,
      rows.map(({ id }) => id),
    );
    for (const processRunId of new Set(rows.flatMap((row) => row.process_run_id ?? []))) {
      await announce(tx, PROCESS_RUN, processRunId);
    }
    for (const queueId of new Set(rows.map((row) => row.queue_id))) {
      await recordAudit(tx, {
        actor: system,
        action: 'workItem.recover',
        subject: { type: 'queue', id: queueId },
        details: { why, items: rows.filter((row) => row.queue_id === queueId).map((row) => [row.id, row.status]) },
      });
      await announce(tx, 'queue', queueId);
    }
    return rows.length;
  }

  return {
    /** A runner says goodbye, or came back as a new session: what it had goes back at once. */
    endLeases(holder: string, why: string): Promise<number> {
      return database.transaction(async (tx) => {
        await announce(tx, 'session-over', holder);
        return recover(await releaseLeases(tx, holder), why, tx);
      });
    },

    /** @param recoverFrom before this moment no lease is taken for run out */
    async sweep(recoverFrom: Temporal.Instant = ALWAYS): Promise<Sweep> {
      return database.transaction(async (tx) => {
        const ended = await expireLeases(tx, recoverFrom);
        for (const { holder } of ended) await announce(tx, 'session-over', holder);
        const recovered = await recover(ended, 'Its runner fell silent.', tx);
        const resumed = await tx.all(
          sql<{ queue_id: number }>`update work_item set status = 'NEW', deferred_until = null, version = version + 1,
              position = nextval('work_item_id'), updated_by = 0, updated_on = present()
            where id in (select id from work_item where status = 'ON_HOLD' and deferred_until <= present() limit 5000 for update skip locked)
            returning queue_id`,
        );
        const expired = await tx.all(
          sql<{
            queue_id: number;
          }>`update work_item set status = 'FAILED', error = 'It expired before a runner took it.', end_time = present(),
              version = version + 1, updated_by = 0, updated_on = present()
            where id in (select id from work_item where expires_on <= present() and expires_on is not null and status in ('NEW', 'ON_HOLD')
                         limit 5000 for update skip locked)
            returning queue_id`,
        );
        await note(tx, 'workItem.resume', resumed);
        await note(tx, 'workItem.expire', expired);
        for (const queueId of new Set(resumed.map((row) => row.queue_id))) await announce(tx, 'queue', queueId);
        const next = await tx.first(
          sql<{ seconds: number | null }>`select extract(epoch from least(
              (select greatest(min(expires_on), ${recoverFrom}::timestamptz) from lease),
              (select min(deferred_until) from work_item where status = 'ON_HOLD' and deferred_until is not null),
              (select min(expires_on) from work_item where expires_on is not null and status in ('NEW', 'ON_HOLD'))
            ) - present())::float8 as seconds`,
        );
        return { recovered, resumed: resumed.length, expired: expired.length, next: next?.seconds ?? undefined };
      });
    },
  };

  async function note(
    tx: Parameters<typeof recordAudit>[0],
    action: string,
    rows: readonly { queue_id: number }[],
  ): Promise<void> {
    for (const [queueId, of] of Map.groupBy(rows, (row) => row.queue_id)) {
      await recordAudit(tx, {
        actor: system,
        action,
        subject: { type: 'queue', id: queueId },
        details: { count: of.length },
      });
    }
  }
}
