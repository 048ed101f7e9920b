import { sql } from 'kysely';
import { type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { findItem, type WorkItem } from './items.ts';
import { HELD, type ItemStatus, userTransition } from './life-cycle.ts';
import { type CheckedPayload, checkPayload, hashPayload } from './payload.ts';
import { compileProcessingKey } from './processing-key.ts';
import { type QueueDefinition, type Queues, rightsOn } from './queues.ts';
import { PROCESS_RUN } from './run-items.ts';

export interface ItemChange {
  /** Undefined: whatever it is (only v3's clients may leave it out). */
  readonly version?: number | undefined;
  readonly status?: ItemStatus | undefined;
  readonly result?: string | undefined;
  readonly comment?: string | undefined;
  /** Replaces the payload. */
  readonly json?: unknown;
  /** With ON_HOLD: when it goes back in line; null holds it until somebody acts. */
  readonly deferredUntil?: Temporal.Instant | null | undefined;
}

/** What users do to items, by the life cycle's rules. */
export function createChanging(database: Database, queues: Queues) {
  async function actingOn(caller: Caller, queueId: number): Promise<QueueDefinition> {
    const queue = await queues.get(caller, queueId);
    if (!rightsOn(queue, caller).act) {
      throw error('forbidden', `${caller.username} may not change items of the queue "${queue.name}".`, {
        details: 'needed: owner or participant of the queue',
      });
    }
    return queue;
  }

  return {
    /** @throws staleVersion, and nothing is changed; invalid for a transition that the life cycle does not have */
    async update(
      caller: Caller,
      queueId: number,
      itemId: number,
      change: ItemChange,
    ): Promise<{ queue: QueueDefinition; item: WorkItem }> {
      const queue = await actingOn(caller, queueId);
      const item = await database
        .transaction(async (tx) => {
          const before = await findItem(tx, queue, itemId, true);
          if (change.version !== undefined && change.version !== before.version) {
            throw error(
              'staleVersion',
              `Work item ${itemId} has changed: its version is ${before.version}, the request names ${change.version}.`,
            );
          }
          await apply(tx, queue, caller, before, change);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'workItem.update',
            subject: { type: 'workItem', id: itemId },
            details: {
              queue: queue.id,
              from: before.status,
              ...(change.status === undefined ? {} : { to: change.status }),
              json: change.json !== undefined,
            },
          });
          return findItem(tx, queue, itemId);
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'work_item_unique') throw cause;
          throw error('duplicate', 'The queue allows no duplicates, and another item has these values.');
        });
      return { queue, item };
    },

    /** Several items to one status. All or none. */
    async setStatus(
      caller: Caller,
      queueId: number,
      itemIds: readonly number[],
      change: Pick<ItemChange, 'status' | 'deferredUntil' | 'comment'>,
    ): Promise<WorkItem[]> {
      const queue = await actingOn(caller, queueId);
      return database.transaction(async (tx) => {
        const changed: WorkItem[] = [];
        // In the order of their ids, so that two bulk calls cannot wait for each other.
        for (const itemId of [...itemIds].sort((a, b) => a - b)) {
          await apply(tx, queue, caller, await findItem(tx, queue, itemId, true), change);
          changed.push(await findItem(tx, queue, itemId));
        }
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'workItem.updateStatus',
          subject: { type: 'queue', id: queue.id, name: queue.name },
          details: { to: change.status, items: itemIds },
        });
        return changed;
      });
    },
  };
}

async function apply(
  tx: Transaction,
  queue: QueueDefinition,
  caller: Caller,
  before: WorkItem,
  change: ItemChange,
): Promise<void> {
  const edited = change.json === undefined ? undefined : checkPayload(queue, change.json);
  const heldByRunner = before.leased && HELD.includes(before.status);
  if (edited && heldByRunner) {
    throw error('conflict', `Work item ${before.id} is ${before.status}; its content cannot be edited now.`);
  }
  const after = statusAfter(before, change.status, edited);
  const settled = after === 'COMPLETED' || after === 'FAILED';
  const again = after === 'NEW' && before.status !== 'NEW';
  const fault = edited ? (edited.fault ?? null) : after === 'NEW' ? null : before.error;

  await tx.all(sql`update work_item set
    status = ${after}, version = version + 1, awaits_parent = false,
    result = ${change.result ?? before.result}, comment = ${change.comment ?? before.comment}, error = ${fault},
    deferred_until = ${after === 'ON_HOLD' ? (change.deferredUntil ?? null) : null},
    start_time = ${after === 'ACTIVE' && before.status !== 'ACTIVE' ? sql`present()` : sql`start_time`},
    end_time = ${settled && before.status !== after ? sql`present()` : settled ? sql`end_time` : null},
    device_user_id = ${after === 'ACTIVE' ? caller.userId : sql`device_user_id`},
    position = ${again ? sql`nextval('work_item_id')` : sql`position`}, losses = ${again ? 0 : sql`losses`},
    updated_by = ${caller.userId}, updated_on = present()
    where id = ${before.id}`);
  if (edited) {
    const key = compileProcessingKey(queue.attributes, queue.processingOrder)(edited.json);
    const hash = queue.disallowDuplicate ? hashPayload(queue, edited.json) : null;
    await tx.all(sql`update work_item set processing_key = ${key}, unique_hash = ${hash} where id = ${before.id}`);
    await tx.all(
      sql`update work_item_payload set json = ${JSON.stringify(edited.json)}::json where work_item_id = ${before.id}`,
    );
  }
  if (after === 'NEW') await announce(tx, 'queue', queue.id);
  if (before.processRunId !== null) await announce(tx, PROCESS_RUN, before.processRunId);
  if (after === 'ON_HOLD' && change.deferredUntil) await announce(tx, 'deferred', queue.id);
}

function statusAfter(before: WorkItem, wanted: ItemStatus | undefined, edited: CheckedPayload | undefined): ItemStatus {
  // A payload that does not fit keeps the item out of the line, whatever else was asked.
  if (edited?.fault !== undefined && (wanted === undefined || wanted === 'NEW')) return 'DATA_ERROR';
  // A corrected DATA_ERROR item goes back in line by itself (contract b §1.9).
  const to = wanted ?? (edited && before.status === 'DATA_ERROR' ? 'NEW' : before.status);
  if (to === before.status) return to;
  if (to === 'NEW' && before.status === 'DATA_ERROR' && !edited) {
    throw error('invalid', `Work item ${before.id} holds data that does not fit: ${before.error}`, {
      details: 'send the corrected json with it',
    });
  }
  if (!userTransition(before.status, to, before.leased)) {
    const held = before.leased ? ' while a runner has it' : '';
    throw error('invalid', `A work item that is ${before.status} cannot become ${to}${held}.`, {
      details: 'see docs/reference/work-item-life-cycle.md',
    });
  }
  return to;
}
