import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { displayedAttributes, SLOTS } from './columns.ts';
import { HELD, type ItemStatus, readStatus } from './life-cycle.ts';
import type { Attribute } from './models.ts';
import { type QueueDefinition, type Queues, rightsOn } from './queues.ts';

export interface WorkItem {
  readonly id: number;
  readonly queueId: number;
  readonly status: ItemStatus;
  /** The fencing token. */
  readonly version: number;
  /** By column name; of a queue that takes anything any JSON. */
  readonly json: unknown;
  readonly result: string | null;
  readonly comment: string | null;
  readonly error: string | null;
  /** The output variables of the bot that worked it. */
  readonly output: Readonly<Record<string, unknown>> | null;
  /** How often a runner took it. */
  readonly attempts: number;
  /** How many of its queue's retries it has used. */
  readonly retryCount: number;
  readonly hash: string | null;
  /** A runner answers for it. */
  readonly leased: boolean;
  readonly deviceId: number | null;
  readonly deviceUserId: number | null;
  readonly automationId: number | null;
  /** The run of a process that it is in. */
  readonly processRunId: string | null;
  /** Made by a robot that has not released the item that it came out of. */
  readonly awaitsParent: boolean;
  readonly startTime: Temporal.Instant | null;
  readonly endTime: Temporal.Instant | null;
  readonly deferredUntil: Temporal.Instant | null;
  readonly expiresOn: Temporal.Instant | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
}

const COLUMNS = sql`w.id, w.queue_id as "queueId", w.status, w.version, p.json, w.result, w.comment, w.error, w.output, w.attempts,
  w.retry_count as "retryCount", encode(w.unique_hash, 'hex') as hash, w.lease_id is not null as leased,
  w.device_id as "deviceId", w.device_user_id as "deviceUserId", w.automation_id as "automationId", w.process_run_id as "processRunId",
  w.awaits_parent as "awaitsParent",
  w.start_time as "startTime", w.end_time as "endTime", w.deferred_until as "deferredUntil", w.expires_on as "expiresOn",
  w.created_by as "createdBy", w.created_on as "createdOn", w.updated_by as "updatedBy", w.updated_on as "updatedOn"`;
/** Left, though each item has one: only such a join is left out where nothing of the payload is asked for, as in counts. */
const SOURCE = sql`work_item w left join work_item_payload p on p.work_item_id = w.id`;

function fieldsOf(queue: QueueDefinition): Fields {
  const status = {
    type: 'text',
    sql: sql`w.status::text`,
    normalise: (word: string) => readStatus(word) ?? word,
    // Compared as what it is, not as a text: only so the index over failed and waiting items is of use.
    equals: (word: string) =>
      readStatus(word) === undefined ? sql<SqlBool>`false` : sql<SqlBool>`w.status = ${word}::item_status`,
  } as const;
  return {
    id: { type: 'number', sql: sql`w.id`, required: true },
    status,
    // What the vendor's page sorts by (contract b §1.8): the status by its name.
    computedStatus: status,
    result: { type: 'text', sql: sql`coalesce(w.result, '')` },
    comment: { type: 'text', sql: sql`coalesce(w.comment, '')` },
    error: { type: 'text', sql: sql`coalesce(w.error, '')` },
    version: { type: 'number', sql: sql`w.version` },
    retryCount: { type: 'number', sql: sql`w.retry_count` },
    deviceId: { type: 'number', sql: sql`coalesce(w.device_id, 0)` },
    deviceUserId: { type: 'number', sql: sql`coalesce(w.device_user_id, 0)` },
    automationId: { type: 'number', sql: sql`coalesce(w.automation_id, 0)` },
    startTime: { type: 'instant', sql: sql`w.start_time` },
    endTime: { type: 'instant', sql: sql`w.end_time` },
    deferredUntil: { type: 'instant', sql: sql`w.deferred_until` },
    createdBy: { type: 'number', sql: sql`w.created_by` },
    createdOn: { type: 'instant', sql: sql`w.created_on`, required: true },
    updatedBy: { type: 'number', sql: sql`w.updated_by` },
    updatedOn: { type: 'instant', sql: sql`w.updated_on`, required: true },
    ...Object.fromEntries(
      displayedAttributes(queue.attributes, queue.displayColumnIds).map((attribute, slot) => [
        `col${slot + 1}`,
        { type: fieldType(attribute), sql: columnSql(attribute) },
      ]),
    ),
    ...Object.fromEntries(
      Array.from({ length: SLOTS }, (_, slot) => `col${slot + 1}`)
        .slice(displayedAttributes(queue.attributes, queue.displayColumnIds).length)
        .map((name) => [name, { type: 'text', sql: sql`''::text` } as const]),
    ),
  };
}

function fieldType({ type }: Attribute): 'text' | 'number' {
  return type === 'NUMBER' ? 'number' : 'text';
}

function columnSql({ name, type }: Attribute): RawBuilder<unknown> {
  const text = sql`coalesce(p.json ->> ${sql.lit(name)}, '')`;
  // A value that is no number (the item is DATA_ERROR then) sorts and compares as none.
  return type === 'NUMBER'
    ? sql`case when ${text} ~ '^\\s*[-+]?[0-9]*\\.?[0-9]+([eE][-+]?[0-9]+)?\\s*$' then (${text})::float8 end`
    : text;
}

/** Reads and deletes items. */
export function createItems(database: Database, queues: Queues) {
  return {
    async list(
      caller: Caller,
      queueId: number,
      selection: Selection,
    ): Promise<{ queue: QueueDefinition; page: Page<WorkItem> }> {
      const queue = await queues.get(caller, queueId);
      const page = await selectPage<WorkItem>(
        database,
        {
          columns: COLUMNS,
          source: SOURCE,
          visible: sql`w.queue_id = ${queue.id}`,
          fields: fieldsOf(queue),
          tiebreak: sql`w.id`,
        },
        selection,
      );
      return { queue, page };
    },

    async get(caller: Caller, queueId: number, itemId: number): Promise<{ queue: QueueDefinition; item: WorkItem }> {
      const queue = await queues.get(caller, queueId);
      const item = await findItem(database, queue, itemId);
      return { queue, item };
    },

    /** Deletes items that no runner has (contract b §1.11). All or none. */
    async remove(caller: Caller, queueId: number, itemIds: readonly number[]): Promise<void> {
      const queue = await queues.get(caller, queueId);
      if (!rightsOn(queue, caller).act)
        throw error('forbidden', `${caller.username} may not delete items of the queue "${queue.name}".`);
      await database.transaction(async (tx) => {
        for (const itemId of itemIds) {
          const found = await tx.first(
            sql<{
              status: ItemStatus;
            }>`select status from work_item where id = ${itemId} and queue_id = ${queue.id} for update`,
          );
          if (!found) throw noItem(queue, itemId);
          if (HELD.includes(found.status)) {
            throw error('conflict', `Work item ${itemId} is ${found.status}; a runner has it.`, {
              details: 'wait until it is finished',
            });
          }
          await tx.all(sql`delete from work_item where id = ${itemId}`);
          await tx.all(sql`delete from work_item_payload where work_item_id = ${itemId}`);
        }
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'workItem.delete',
          subject: { type: 'queue', id: queue.id, name: queue.name },
          details: { items: itemIds },
        });
      });
    },
  };
}

/** The item, locked when `lock` is set. 404 when it is not in that queue. */
export async function findItem(
  connection: Connection,
  queue: QueueDefinition,
  itemId: number,
  lock = false,
): Promise<WorkItem> {
  const item = await connection.first(
    sql<WorkItem>`select ${COLUMNS} from ${SOURCE} where w.id = ${itemId} and w.queue_id = ${queue.id} ${lock ? sql`for update of w` : sql``}`,
  );
  if (!item) throw noItem(queue, itemId);
  return item;
}

function noItem(queue: QueueDefinition, itemId: number): Error {
  return error('notFound', `There is no work item with the id ${itemId} in the queue "${queue.name}".`);
}
