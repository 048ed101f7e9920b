import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { createGroupCommit, dealOut } from '../../kernel/group-commit.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { type ItemStatus, sourcesOf } from './life-cycle.ts';
import { CLAIM_ITEMS } from './queries/claim-items.ts';
import { FINISH_ITEMS } from './queries/finish-items.ts';

/** How long an answer with items may be on its way to the device. */
const IN_TRANSIT_SECONDS = 60;

export interface Claim {
  readonly queueId: number;
  readonly limit: number;
  readonly leaseSeconds: number;
  /** Who answers for the items: a runner's session. */
  readonly holder: string;
  readonly deviceId: number;
  readonly deviceUserId: number;
  readonly automationId: number;
}

export interface ClaimedItem {
  readonly id: number;
  readonly version: number;
  readonly attempts: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a bot ended an item. */
export interface ItemResult {
  readonly id: number;
  /** The version that the claim gave out. */
  readonly version: number;
  readonly status: 'COMPLETED' | 'FAILED';
  readonly result: string;
  readonly error: string | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly startTime: string | null;
  readonly endTime: string | null;
}

/** What became of a reported result; `refused` changed nothing. */
export type Verdict = { readonly accepted: true; readonly status: ItemStatus } | { readonly accepted: false };

/** The side of runners: taking items and bringing their results. Calls that arrive together share a commit. */
export function createClaims(database: Database, grouping: boolean) {
  const claims = new Map<number, ReturnType<typeof claimGroup>>();
  const finishing = createGroupCommit<{ deviceId: number; results: readonly ItemResult[] }, Verdict[]>({
    run: (batch) => finish(database, batch),
    weigh: ({ results }) => results.length,
    grouping,
  });

  function claimGroup(queueId: number) {
    return createGroupCommit<Claim, ClaimedItem[]>({
      run: (batch) => take(database, queueId, batch),
      weigh: ({ limit }) => limit,
      // One at a time: two claims on one queue at once only wait for each other's locks.
      lanes: 1,
      grouping,
    });
  }

  return {
    drain: async () => {
      await Promise.all([finishing.drain(), ...[...claims.values()].map((group) => group.drain())]);
    },

    /** Takes up to `limit` waiting items in the queue's order. */
    claim(claim: Claim): Promise<ClaimedItem[]> {
      let group = claims.get(claim.queueId);
      if (!group) {
        group = claimGroup(claim.queueId);
        claims.set(claim.queueId, group);
      }
      return group.submit(claim);
    },

    /** Says that bots have begun. What was lost meanwhile is not touched. */
    async start(
      deviceId: number,
      items: readonly { readonly id: number; readonly version: number; readonly startTime: string }[],
    ): Promise<void> {
      if (items.length === 0) return;
      await database.all(sql`update work_item w set status = 'ACTIVE', start_time = i.started, updated_on = present()
        from unnest(${items.map(({ id }) => id)}::bigint[], ${items.map(({ version }) => version)}::int[], ${items.map(({ startTime }) => startTime)}::timestamptz[])
          as i (id, version, started)
        where w.id = i.id and w.claim_version = i.version and w.device_id = ${deviceId} and w.status in (${sql.raw(sourcesOf('start'))})`);
    },

    finish(deviceId: number, results: readonly ItemResult[]): Promise<Verdict[]> {
      return results.length === 0 ? Promise.resolve([]) : finishing.submit({ deviceId, results });
    },

    /** Puts unfinished items back in line. */
    async handBack(
      deviceId: number,
      items: readonly { readonly id: number; readonly version: number }[],
    ): Promise<number> {
      if (items.length === 0) return 0;
      return database.transaction(async (tx) => {
        const rows = await tx.all(
          sql<{
            id: number;
            queue_id: number;
          }>`update work_item w set status = 'NEW', version = w.version + 1, claim_version = null, lease_id = null,
              start_time = null, device_id = null, device_user_id = null, automation_id = null, updated_on = present()
            from unnest(${items.map(({ id }) => id)}::bigint[], ${items.map(({ version }) => version)}::int[]) as i (id, version)
            where w.id = i.id and w.claim_version = i.version and w.device_id = ${deviceId} and w.status in (${sql.raw(sourcesOf('hand back'))})
            returning w.id, w.queue_id`,
        );
        for (const queueId of new Set(rows.map((row) => row.queue_id))) {
          await recordAudit(tx, {
            actor: { type: 'device', id: deviceId, name: '' },
            action: 'workItem.handBack',
            subject: { type: 'queue', id: queueId },
            details: { items: rows.filter((row) => row.queue_id === queueId).map((row) => row.id) },
          });
          await announce(tx, 'queue', queueId);
        }
        return rows.length;
      });
    },

    /**
     * Puts back in line what a device was given and does not know of: the answer that told it was lost on the way. What
     * was claimed a moment ago may still be on its way.
     */
    async forgotten(
      deviceId: number,
      known: readonly { readonly id: number; readonly version: number }[],
    ): Promise<number> {
      const rows = await database.all(
        sql<{
          id: number;
          version: number;
        }>`select w.id, w.claim_version as version from lease l join work_item w on w.lease_id = l.id
          where starts_with(l.holder, ${`device:${deviceId}:`}) and w.device_id = ${deviceId}
            and w.updated_on < present() - make_interval(secs => ${IN_TRANSIT_SECONDS}) and w.step_run_id is null
            and w.id <> all(${known.map(({ id }) => id)}::bigint[])`,
      );
      return this.handBack(deviceId, rows);
    },

    /** Which of these the device still has under these versions. */
    async stillHeld(
      deviceId: number,
      items: readonly { readonly id: number; readonly version: number }[],
    ): Promise<Set<number>> {
      if (items.length === 0) return new Set();
      const rows = await database.all(
        sql<{ id: number }>`select w.id from work_item w
          join unnest(${items.map(({ id }) => id)}::bigint[], ${items.map(({ version }) => version)}::int[]) as i (id, version) on i.id = w.id
          where w.claim_version = i.version and w.device_id = ${deviceId} and w.lease_id is not null`,
      );
      return new Set(rows.map((row) => row.id));
    },
  };
}

async function take(database: Database, queueId: number, batch: readonly Claim[]): Promise<ClaimedItem[][]> {
  const limits = batch.map(({ limit }) => limit);
  const claimOfItem = limits.flatMap((limit, index) => Array.from({ length: limit }, () => index + 1));
  let next = 1;
  const firstItem = limits.map((limit) => {
    const first = next;
    next += limit;
    return first;
  });
  const items = await database.hot<ClaimedItem>(CLAIM_ITEMS, [
    queueId,
    claimOfItem.length,
    batch.map(({ holder }) => holder),
    batch.map(({ leaseSeconds }) => leaseSeconds),
    batch.map(({ deviceId }) => deviceId),
    batch.map(({ deviceUserId }) => deviceUserId),
    batch.map(({ automationId }) => automationId),
    firstItem,
    claimOfItem,
  ]);
  return dealOut(items, limits);
}

async function finish(
  database: Database,
  batch: readonly { deviceId: number; results: readonly ItemResult[] }[],
): Promise<Verdict[][]> {
  const all = batch.flatMap(({ deviceId, results }) => results.map((result) => ({ deviceId, ...result })));
  const rows = await database.hot<{ status: ItemStatus | null }>(FINISH_ITEMS, [
    all.map(({ id }) => id),
    all.map(({ version }) => version),
    all.map(({ deviceId }) => deviceId),
    all.map(({ status }) => status),
    all.map(({ result }) => result),
    all.map(({ error }) => error),
    all.map(({ output }) => (output === null ? null : JSON.stringify(output))),
    all.map(({ startTime }) => startTime),
    all.map(({ endTime }) => endTime),
  ]);
  const verdicts = rows.map(
    ({ status }): Verdict => (status === null ? { accepted: false } : { accepted: true, status }),
  );
  return dealOut(
    verdicts,
    batch.map(({ results }) => results.length),
  );
}
