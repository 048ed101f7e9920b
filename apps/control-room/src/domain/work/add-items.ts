import type { Database } from '../../kernel/database/index.ts';
import { violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { createGroupCommit, dealOut } from '../../kernel/group-commit.ts';
import type { Caller } from '../identity/index.ts';
import type { WorkItem } from './items.ts';
import { type CheckedPayload, checkPayload, hashPayload, LARGEST_PAYLOAD } from './payload.ts';
import { compileProcessingKey } from './processing-key.ts';
import { ADD_ITEMS } from './queries/add-items.ts';
import { type QueueDefinition, type Queues, rightsOn } from './queues.ts';
import type { Expiry } from './tables.ts';

/** The most items that one request may add; a file takes any number. */
export const MOST_ITEMS = 10_000;

export interface RequestFacts {
  readonly requestId: string;
  readonly address: string;
}

interface Addition {
  readonly queue: QueueDefinition;
  readonly caller: Caller;
  readonly facts: RequestFacts;
  readonly payloads: readonly (CheckedPayload & { readonly text: string })[];
}

interface AddedRow {
  readonly id: number;
  readonly createdOn: Temporal.Instant;
}

/** Adds items; requests that arrive together are one commit. */
export function createAdding(database: Database, queues: Queues, grouping: boolean) {
  const group = createGroupCommit<Addition, AddedRow[]>({
    run: (batch) => insert(database, batch),
    weigh: ({ payloads }) => payloads.length,
    grouping,
  });

  return {
    drain: () => group.drain(),

    /**
     * @param payloads the items' `json`, in order
     * @returns the items as they now are, in the same order
     * @throws invalid when there is none, or a required column is missing (nothing is added then); duplicate where the
     *   queue allows none
     */
    async add(caller: Caller, queueId: number, payloads: readonly unknown[], facts: RequestFacts): Promise<WorkItem[]> {
      const queue = await queues.get(caller, queueId);
      if (!rightsOn(queue, caller).act) {
        throw error('forbidden', `${caller.username} may not add items to the queue "${queue.name}".`, {
          details: 'needed: owner or participant of the queue',
        });
      }
      if (payloads.length === 0)
        throw error('invalid', 'There is no work item in the request.', {
          details: 'expected at least one in workItems',
        });
      if (payloads.length > MOST_ITEMS) {
        throw error('invalid', `${payloads.length} work items came at once.`, {
          details: `at most ${MOST_ITEMS}; load more as a file`,
        });
      }
      const checked = payloads.map((payload, index) => {
        const one = checkPayload(queue, payload);
        const text = JSON.stringify(one.json);
        if (text.length > LARGEST_PAYLOAD) {
          throw error('tooLarge', `Work item ${index + 1} has ${text.length} characters of JSON.`, {
            details: `at most ${LARGEST_PAYLOAD}`,
          });
        }
        return { ...one, text };
      });
      const addition = { queue, caller, facts, payloads: checked };
      // A request with an Idempotency-Key is a transaction of its own; the others share theirs.
      const rows = database.ambient() ? (await insert(database, [addition]))[0] : await group.submit(addition);
      return checked.map((payload, index) => newItem(queue, caller, payload, rows?.[index]));
    },
  };
}

async function insert(database: Database, batch: readonly Addition[]): Promise<AddedRow[][]> {
  const items = batch.flatMap(({ queue, caller, payloads }) => {
    const keyOf = compileProcessingKey(queue.attributes, queue.processingOrder);
    const expiry = expiryOf(queue.expiry);
    return payloads.map((payload) => ({ queue, caller, payload, key: keyOf(payload.json), expiry }));
  });
  const rows = await database
    .hot<AddedRow>(ADD_ITEMS, [
      items.map(({ queue }) => queue.id),
      items.map(({ payload }) => (payload.fault === undefined ? 'NEW' : 'DATA_ERROR')),
      items.map(({ key }) => key),
      items.map(({ queue, payload }) => (queue.disallowDuplicate ? hashPayload(queue, payload.json) : null)),
      items.map(({ payload }) => payload.fault ?? null),
      items.map(({ expiry }) => expiry.seconds),
      items.map(({ expiry }) => expiry.at),
      items.map(({ caller }) => caller.userId),
      items.map(({ payload }) => payload.text),
      batch.map(({ caller }) => caller.userId),
      batch.map(({ caller }) => caller.username),
      batch.map(({ queue }) => queue.id),
      batch.map(({ queue }) => queue.name),
      batch.map(({ payloads }) => payloads.length),
      batch.map(({ facts }) => facts.requestId),
      batch.map(({ facts }) => facts.address),
    ])
    .catch((cause) => {
      if (violatedConstraint(cause) !== 'work_item_unique') throw cause;
      throw error(
        'duplicate',
        'The queue allows no duplicates, and an item with the same values is in it or stands twice in the request.',
      );
    });
  return dealOut(
    rows,
    batch.map(({ payloads }) => payloads.length),
  );
}

/** When an item of the queue expires: so many seconds after it came, or at a fixed moment. */
export function expiryOf(expiry: Expiry | null): { readonly seconds: number | null; readonly at: string | null } {
  if (expiry?.type === 'DATE') return { seconds: null, at: expiry.date ?? null };
  if (expiry?.duration === undefined) return { seconds: null, at: null };
  return { seconds: expiry.duration * (expiry.durationUnit === 'HOURS' ? 3_600 : 86_400), at: null };
}

function newItem(queue: QueueDefinition, caller: Caller, payload: CheckedPayload, row: AddedRow | undefined): WorkItem {
  if (!row) throw new Error('An item was added and has no id.');
  return {
    id: row.id,
    queueId: queue.id,
    status: payload.fault === undefined ? 'NEW' : 'DATA_ERROR',
    version: 0,
    json: payload.json,
    result: null,
    comment: null,
    error: payload.fault ?? null,
    output: null,
    attempts: 0,
    retryCount: 0,
    hash: queue.disallowDuplicate ? hashPayload(queue, payload.json).toString('hex') : null,
    leased: false,
    deviceId: null,
    deviceUserId: null,
    automationId: null,
    processRunId: null,
    awaitsParent: false,
    startTime: null,
    endTime: null,
    deferredUntil: null,
    expiresOn: null,
    createdBy: caller.userId,
    createdOn: row.createdOn,
    updatedBy: caller.userId,
    updatedOn: row.createdOn,
  };
}
