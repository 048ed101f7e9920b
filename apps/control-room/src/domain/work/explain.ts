import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { Caller } from '../identity/index.ts';
import { findItem, type WorkItem } from './items.ts';
import { ITEM_STATUSES, type ItemStatus } from './life-cycle.ts';
import type { QueueDefinition, Queues } from './queues.ts';

/**
 * Why something is where it is, and when that is looked at next. Nothing waits silently: every status of the life cycle
 * has its reason here, and a test walks all of them.
 */
export interface Explanation {
  /** For machines: stable, listed in docs/reference/explain.md. */
  readonly reason: string;
  /** For people. */
  readonly text: string;
  /** When something happens by itself; null when only somebody's doing or a wake-up moves it. */
  readonly next: Temporal.Instant | null;
}

export interface QueueCounts {
  readonly counts: Readonly<Record<ItemStatus, number>>;
  readonly total: number;
}

/** What the runs above know of a queue: who could work it off. Passed in, because work does not know of runners. */
export interface QueueService {
  readonly automation:
    | { readonly id: number; readonly name: string; readonly poolId: number; readonly ranDry: boolean }
    | undefined;
  /** Runners of the pool: alive ones, and all. */
  readonly runnersAlive: number;
  readonly runnersKnown: number;
}

export function createExplaining(database: Database, queues: Queues) {
  return {
    async counts(queueId: number): Promise<QueueCounts> {
      const rows = await database.all(
        sql<{
          status: ItemStatus;
          count: number;
        }>`select status, count(*) as count from work_item where queue_id = ${queueId} group by status`,
      );
      const counts = Object.fromEntries(ITEM_STATUSES.map((status) => [status, 0])) as Record<ItemStatus, number>;
      for (const { status, count } of rows) counts[status] = count;
      return { counts, total: rows.reduce((sum, { count }) => sum + count, 0) };
    },

    async item(
      caller: Caller,
      itemId: number,
      serviceOf: (queueId: number) => Promise<QueueService>,
    ): Promise<{ queue: QueueDefinition; item: WorkItem; explanation: Explanation }> {
      const row = await database.first(sql<{ queue_id: number }>`select queue_id from work_item where id = ${itemId}`);
      const queue = await queues.get(caller, row?.queue_id ?? 0);
      const item = await findItem(database, queue, itemId);
      return { queue, item, explanation: await explainItem(database, queue, item, await serviceOf(queue.id)) };
    },
  };
}

async function explainItem(
  database: Database,
  queue: QueueDefinition,
  item: WorkItem,
  service: QueueService,
): Promise<Explanation> {
  switch (item.status) {
    case 'NEW': {
      const ahead = await database.first(
        sql<{ count: number }>`select count(*) as count from work_item a, work_item b
          where b.id = ${item.id} and a.queue_id = b.queue_id and a.status = 'NEW'
            and (a.processing_key, a.position) < (b.processing_key, b.position)`,
      );
      return explainWaiting(queue, service, ahead?.count ?? 0, item);
    }
    case 'READY_TO_RUN':
    case 'ACTIVE': {
      if (!item.leased)
        return { reason: 'HELD_BY_HAND', text: `User ${item.deviceUserId} took it and has not ended it.`, next: null };
      const lease = await database.first(
        sql<{
          expires_on: Temporal.Instant;
        }>`select l.expires_on from lease l join work_item w on w.lease_id = l.id where w.id = ${item.id}`,
      );
      const verb = item.status === 'ACTIVE' ? 'is working on it' : 'has it and will begin soon';
      return {
        reason: item.status === 'ACTIVE' ? 'RUNNING' : 'STAGED',
        text: `Device ${item.deviceId} ${verb}; unless it is heard of, the item goes ${queue.onLost === 'RETRY' ? 'back in line' : 'to UNKNOWN'} then.`,
        next: lease?.expires_on ?? null,
      };
    }
    case 'ON_HOLD':
      return item.deferredUntil
        ? { reason: 'DEFERRED', text: 'It was put aside until then.', next: item.deferredUntil }
        : { reason: 'HELD', text: 'It was put aside until somebody puts it back (status NEW).', next: null };
    case 'COMPLETED':
      return { reason: 'COMPLETED', text: 'It is done.', next: null };
    case 'FAILED':
      return {
        reason: 'FAILED',
        text: `${sentence(item.error ?? 'Somebody set it so')} Retries used: ${item.retryCount} of ${queue.autoRetryLimit}. Set it to NEW to try again.`,
        next: null,
      };
    case 'DATA_ERROR':
      return {
        reason: 'DATA_ERROR',
        text: `${sentence(item.error ?? '')} Send the corrected json to put it in line.`,
        next: null,
      };
    case 'UNKNOWN':
      return {
        reason: 'LOST',
        text: `${sentence(item.error ?? 'Its runner fell silent')} Set it to NEW, COMPLETED or FAILED.`,
        next: null,
      };
  }
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Why a waiting item, or a queue with waiting items, is not worked on at this moment. */
export function explainWaiting(
  queue: QueueDefinition,
  service: QueueService,
  ahead: number,
  item?: WorkItem,
): Explanation {
  const next = item?.expiresOn ?? null;
  const { automation } = service;
  if (!automation)
    return { reason: 'NO_AUTOMATION', text: `No active automation works off the queue "${queue.name}".`, next };
  if (service.runnersKnown === 0)
    return {
      reason: 'POOL_EMPTY',
      text: `The pool ${automation.poolId} of the automation "${automation.name}" has no runner.`,
      next,
    };
  if (service.runnersAlive === 0) {
    return {
      reason: 'NO_RUNNER',
      text: `None of the ${service.runnersKnown} runners of pool ${automation.poolId} is connected.`,
      next,
    };
  }
  if (automation.ranDry && queue.considerReactivationThreshold && ahead + 1 < queue.reactivationThreshold) {
    return {
      reason: 'BELOW_THRESHOLD',
      text: `The queue ran empty and starts again when ${queue.reactivationThreshold} items wait.`,
      next,
    };
  }
  return {
    reason: 'IN_LINE',
    text: ahead === 0 ? 'It is the next to be taken.' : `${ahead} items stand before it.`,
    next,
  };
}
