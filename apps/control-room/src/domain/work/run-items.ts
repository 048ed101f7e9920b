import { sql } from 'kysely';
import type { Connection, Database, Transaction } from '../../kernel/database/index.ts';
import { storableJson } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { createGroupCommit } from '../../kernel/group-commit.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { expiryOf } from './add-items.ts';
import type { ItemStatus } from './life-cycle.ts';
import { checkPayload, LARGEST_PAYLOAD } from './payload.ts';
import { compileProcessingKey } from './processing-key.ts';
import { OPEN_ITEM } from './queries/open-item.ts';
import { RELEASE_ITEMS } from './queries/release-items.ts';
import { RESERVE_ITEMS } from './queries/reserve-items.ts';
import type { QueueDefinition, Queues } from './queues.ts';

/** Something about the items of the run of a process has changed; its UUID. */
export const PROCESS_RUN = 'process-run';

/** Where an item belongs that is put in by a process. */
export interface Place {
  readonly queueId: number;
  /** Null: it waits for a run. */
  readonly processRunId: string | null;
  /** The item it comes out of; it is nobody's work before that one has ended. */
  readonly parentId?: number;
  readonly createdBy: number;
}

export const EXCEPTION_TYPES = ['application', 'business', 'orchestrator', 'unspecified'] as const;
export type ExceptionType = (typeof EXCEPTION_TYPES)[number];

/** How a step run ends an item that it has. */
export interface Release {
  readonly itemId: number;
  readonly stepRunId: string;
  readonly status: 'COMPLETED' | 'FAILED';
  readonly exception: {
    readonly type: ExceptionType;
    readonly code: string | null;
    readonly message: string | null;
  } | null;
}

export type Released =
  /** How it stands now: NEW when it is tried again. */
  | { readonly outcome: 'done'; readonly status: ItemStatus }
  | { readonly outcome: 'repeated' }
  | { readonly outcome: 'refused'; readonly status: ItemStatus | null };

/** Their statements compare the rows of a batch with each other one by one. */
const MOST_TOGETHER = 200;

interface Asking {
  readonly stepRunId: string;
  readonly processRunId: string;
  readonly queueId: number;
}

/** An item that a step run has been given. */
export interface Reserved {
  readonly id: number;
  /** It had the item before it asked, and in this state; null when it is given it now. */
  readonly held: 'READY_TO_RUN' | 'ACTIVE' | null;
}

/** An item as whoever works it off sees it. */
export interface OpenedItem {
  readonly id: number;
  readonly payload: unknown;
}

/** Items in runs of processes: put in, reserved by step runs under the lease of their run, released, handed on. */
export function createRunItems(database: Database, queues: Queues, grouping: boolean) {
  const reserving = createGroupCommit<Asking, Reserved | undefined>({
    run: (batch) => reserve(database, batch),
    maxWeight: MOST_TOGETHER,
    grouping,
  });
  const releasing = createGroupCommit<Release, Released>({
    run: (batch) => release(database, batch),
    maxWeight: MOST_TOGETHER,
    grouping,
  });

  return {
    drain: () => Promise.all([reserving.drain(), releasing.drain()]),

    /** Answers the ids, in the order of the payloads. @throws invalid; tooLarge */
    async put(tx: Transaction, place: Place, payloads: readonly unknown[]): Promise<number[]> {
      const queue = await queues.definition(place.queueId);
      if (!queue) throw error('notFound', `There is no queue with the id ${place.queueId}.`);
      const ids = await insert(tx, queue, place, payloads);
      if (place.parentId === undefined) {
        await announce(tx, 'queue', queue.id);
        if (place.processRunId !== null) await announce(tx, PROCESS_RUN, place.processRunId);
      }
      return ids;
    },

    /** One item for a step run; undefined when nothing waits, or it no longer has a lease. */
    reserve: async (asking: Asking): Promise<Reserved | undefined> =>
      // A request with an Idempotency-Key is a transaction of its own; the others share theirs.
      database.ambient() ? (await reserve(database, [asking]))[0] : reserving.submit(asking),

    /** The same inside the transaction of the caller. */
    reserveIn: async (tx: Transaction, asking: Asking): Promise<Reserved | undefined> =>
      (await reserve(tx, [asking]))[0],

    release: async (one: Release): Promise<Released> => {
      const [released] = database.ambient() ? await release(database, [one]) : [await releasing.submit(one)];
      return released ?? { outcome: 'refused', status: null };
    },

    releaseIn: (tx: Transaction, all: readonly Release[]): Promise<Released[]> =>
      all.length === 0 ? Promise.resolve([]) : release(tx, all),

    /** @throws invalid where the queue has columns that it does not fit; tooLarge */
    async setPayload(tx: Transaction, itemId: number, payload: unknown): Promise<void> {
      const row = await tx.first(
        sql<{ queueId: number }>`select queue_id as "queueId" from work_item where id = ${itemId} for update`,
      );
      const queue = row && (await queues.definition(row.queueId));
      if (!queue) throw error('notFound', `There is no work item with the id ${itemId}.`);
      const { text, json, fault } = readPayload(queue, payload, '');
      if (fault !== undefined) throw error('invalid', fault);
      const key = compileProcessingKey(queue.attributes, queue.processingOrder)(json);
      await tx.all(
        sql`update work_item set processing_key = ${key}, version = version + 1, updated_on = present() where id = ${itemId}`,
      );
      await tx.all(sql`update work_item_payload set json = ${text}::json where work_item_id = ${itemId}`);
    },

    /** The step run has the item from before: from now on under the lease that its run has now. */
    async keep(tx: Transaction, itemId: number, stepRunId: string): Promise<void> {
      await tx.all(sql`update work_item w set lease_id = r.lease_id, device_id = r.device_id, updated_on = present() from run r
        where w.id = ${itemId} and w.step_run_id = ${stepRunId} and w.lease_id is not null and r.id = ${stepRunId}::uuid and r.lease_id is not null`);
    },

    /** A robot looks at an item of its process run; one that it has been given is worked on from now on. */
    async open(asking: Pick<Asking, 'stepRunId' | 'processRunId'>, itemId: number): Promise<OpenedItem | undefined> {
      const [item] = await database.hot<OpenedItem>(OPEN_ITEM, [itemId, asking.processRunId, asking.stepRunId]);
      return item;
    },
  };
}

/** What attempts that came to nothing had made out of these items. */
export async function dropUnfinished(tx: Transaction, parentIds: readonly number[]): Promise<void> {
  if (parentIds.length === 0) return;
  await tx.all(sql`with dropped as (
      delete from work_item where parent_id = any(${[...parentIds]}::bigint[]) and awaits_parent returning id
    ) delete from work_item_payload p using dropped d where p.work_item_id = d.id`);
}

async function reserve(connection: Connection, batch: readonly Asking[]): Promise<(Reserved | undefined)[]> {
  const rows = await connection.hot<{ id: number | null; held: Reserved['held'] }>(RESERVE_ITEMS, [
    batch.map(({ stepRunId }) => stepRunId),
    batch.map(({ processRunId }) => processRunId),
    batch.map(({ queueId }) => queueId),
  ]);
  return rows.map(({ id, held }) => (id === null ? undefined : { id, held }));
}

async function release(connection: Connection, batch: readonly Release[]): Promise<Released[]> {
  const ended = await connection.hot<{ n: number; status: ItemStatus }>(RELEASE_ITEMS, [
    batch.map(({ itemId }) => itemId),
    batch.map(({ stepRunId }) => stepRunId),
    batch.map(({ status }) => status),
    batch.map(({ exception }) => exception?.type ?? null),
    batch.map(({ exception }) => exception?.code ?? null),
    batch.map(({ exception }) => exception?.message ?? null),
  ]);
  const endOf = new Map(ended.map(({ n, status }) => [n - 1, status]));
  const others = batch.filter((_, place) => !endOf.has(place));
  const standings = await standingsOf(connection, others);
  return batch.map(({ itemId, stepRunId, status: wanted }, place) => {
    const status = endOf.get(place);
    if (status !== undefined) return { outcome: 'done', status };
    const stands = standings.get(itemId);
    // What is tried again was failed before; somebody else may have it by now.
    const same = stands?.status === wanted || (wanted === 'FAILED' && stands?.status === 'NEW');
    if (same && stands?.stepRunId === stepRunId) return { outcome: 'repeated' };
    return { outcome: 'refused', status: stands?.status ?? null };
  });
}

/** How items stand that could not be released, so that a word that is said twice can be told from one that is wrong. */
async function standingsOf(connection: Connection, of: readonly Release[]) {
  if (of.length === 0) return new Map<number, never>();
  const rows = await connection.all(
    sql<{ id: number; status: ItemStatus; stepRunId: string | null }>`select id, status, step_run_id as "stepRunId"
      from work_item where id = any(${of.map(({ itemId }) => itemId)}::bigint[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function readPayload(queue: QueueDefinition, payload: unknown, which: string) {
  const one = checkPayload(queue, payload);
  const text = storableJson(JSON.stringify(one.json));
  if (text.length > LARGEST_PAYLOAD) {
    throw error('tooLarge', `Payload${which} has ${text.length} characters of JSON.`, {
      details: `at most ${LARGEST_PAYLOAD}`,
    });
  }
  return { ...one, text };
}

async function insert(
  tx: Transaction,
  queue: QueueDefinition,
  { processRunId, parentId = null, createdBy }: Omit<Place, 'parentId'> & { readonly parentId?: number | null },
  payloads: readonly unknown[],
): Promise<number[]> {
  const keyOf = compileProcessingKey(queue.attributes, queue.processingOrder);
  const expiry = expiryOf(queue.expiry);
  const checked = payloads.map((payload, index) => readPayload(queue, payload, ` ${index + 1}`));
  const rows = await tx.all(
    sql<{ id: number }>`with input as materialized (
        select nextval('work_item_id') as id, i.* from unnest(${checked.map(({ text }) => text)}::text[],
          ${checked.map(({ fault }) => fault ?? null)}::text[], ${checked.map(({ json }) => keyOf(json))}::bytea[])
          with ordinality as i (json, fault, key, n) order by n
      ), added as (
        insert into work_item (id, position, queue_id, status, processing_key, error, expires_on, process_run_id, parent_id, awaits_parent,
            created_by, created_on, updated_by, updated_on)
        select id, id, ${queue.id}, (case when fault is not null then 'DATA_ERROR' when ${parentId !== null} then 'ON_HOLD' else 'NEW' end)::item_status,
          key, fault, coalesce(${expiry.at}::timestamptz, present() + make_interval(secs => ${expiry.seconds}::float8)), ${processRunId}::uuid, ${parentId}::bigint,
          ${parentId !== null} and fault is null, ${createdBy}, present(), ${createdBy}, present()
        from input
      ), paid as (
        insert into work_item_payload (work_item_id, json) select id, json::json from input
      )
      select id from input order by n`,
  );
  return rows.map(({ id }) => id);
}
