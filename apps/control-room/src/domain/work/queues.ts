import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Database, queryBuilder, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { type Fields, type Page, readInstant, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Attribute, attributesOf, type createModels } from './models.ts';
import type { Expiry, OnLost, ProcessingOrder, WorkTables } from './tables.ts';

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly modelId: number;
  readonly reactivationThreshold: number;
  readonly considerReactivationThreshold: boolean;
  readonly displayColumnIds: readonly number[];
  readonly processingOrder: readonly ProcessingOrder[];
  readonly manualProcessingTime: number | null;
  readonly manualProcessingTimeUnit: string;
  readonly autoRetryLimit: number;
  readonly disallowDuplicate: boolean;
  readonly expiry: Expiry | null;
  readonly leaseSeconds: number;
  readonly onLost: OnLost;
  /** The process whose steps it stands between, or whose outputs it takes. */
  readonly processId: string | null;
  readonly processRole: 'STEP' | 'OUTPUT' | null;
  /** An active automation works it off. */
  readonly inUse: boolean;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

/** Everything that an item call must know of its queue; kept in memory until the queue changes. */
export interface QueueDefinition extends Queue {
  readonly attributes: readonly Attribute[];
  /** Of its model: items are any JSON at all. */
  readonly takesAnything: boolean;
  readonly members: readonly { readonly userId: number; readonly permissions: readonly string[] }[];
  readonly shares: readonly {
    readonly kind: 'participant' | 'consumer';
    readonly principalType: 'role' | 'user';
    readonly principalId: number;
  }[];
}

export interface QueueSettings {
  readonly name: string;
  readonly description?: string;
  readonly modelId: number;
  readonly reactivationThreshold?: number;
  readonly considerReactivationThreshold?: boolean;
  readonly displayColumns?: readonly string[];
  readonly displayColumnIds?: readonly number[];
  readonly processingOrder?: readonly ProcessingOrder[];
  readonly manualProcessingTime?: number | null;
  readonly manualProcessingTimeUnit?: string;
  readonly autoRetryLimit?: number;
  readonly disallowDuplicate?: boolean;
  readonly expiry?: Expiry | null;
  readonly leaseSeconds?: number;
  readonly onLost?: OnLost;
}

/** At most so many columns stand in a processing order (contract b §1.4). */
const MOST_ORDERS = 3;

const build = queryBuilder<WorkTables>();

/** The one thing that work reads of the runs above it: whether a bot is attached is part of how the wire shows a queue. */
const IN_USE = sql`exists (select from queue_automation qa where qa.queue_id = q.id and qa.status = 'ACTIVE')`;

const COLUMNS = sql`q.id, q.name, q.description, q.model_id as "modelId", q.reactivation_threshold as "reactivationThreshold",
  q.consider_reactivation_threshold as "considerReactivationThreshold", q.display_column_ids as "displayColumnIds",
  q.processing_order as "processingOrder", q.manual_processing_time as "manualProcessingTime",
  q.manual_processing_time_unit as "manualProcessingTimeUnit", q.auto_retry_limit as "autoRetryLimit",
  q.disallow_duplicate as "disallowDuplicate", q.expiry, q.lease_seconds as "leaseSeconds", q.on_lost as "onLost",
  q.process_id as "processId", q.process_role as "processRole",  ${IN_USE} as "inUse",
  q.created_by as "createdBy", q.created_on as "createdOn", q.updated_by as "updatedBy", q.updated_on as "updatedOn", q.version`;

const DEFINITION = sql`${COLUMNS},
  ${attributesOf(sql`q.model_id`)} as attributes, (select m.takes_anything from work_item_model m where m.id = q.model_id) as "takesAnything",
  (select coalesce(json_agg(json_build_object('userId', m.user_id, 'permissions', m.permissions) order by m.user_id), '[]')
     from queue_member m where m.queue_id = q.id) as members,
  (select coalesce(json_agg(json_build_object('kind', s.kind, 'principalType', s.principal_type, 'principalId', s.principal_id)
                   order by s.principal_id), '[]')
     from queue_share s where s.queue_id = q.id) as shares`;

const STATUS: Readonly<Record<string, string>> = { ACTIVE: 'IN_USE', INACTIVE: 'NOT_IN_USE' };

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`q.id` },
  name: { type: 'text', sql: sql`q.name` },
  description: { type: 'text', sql: sql`q.description` },
  status: {
    type: 'text',
    sql: sql`case when ${IN_USE}
      then 'IN_USE' else 'NOT_IN_USE' end`,
    normalise: (word) => STATUS[word.toUpperCase()] ?? word.toUpperCase(),
  },
  workItemModelId: { type: 'number', sql: sql`q.model_id` },
  createdBy: { type: 'number', sql: sql`q.created_by` },
  createdOn: { type: 'instant', sql: sql`q.created_on` },
  updatedOn: { type: 'instant', sql: sql`q.updated_on` },
  version: { type: 'number', sql: sql`q.version` },
};

/** What a caller may do with a queue (contract b §1.6). */
export interface QueueRights {
  readonly see: boolean;
  /** Change the queue and who shares it. */
  readonly own: boolean;
  /** Add, change and delete items. */
  readonly act: boolean;
  /** Run automations against it. */
  readonly consume: boolean;
}

export function rightsOn(queue: QueueDefinition, caller: Caller): QueueRights {
  if (caller.may('workload.administerallqueues')) return { see: true, own: true, act: true, consume: true };
  const member = queue.members.find(({ userId }) => userId === caller.userId);
  const has = (kind: 'participant' | 'consumer'): boolean =>
    queue.shares.some(
      (share) =>
        share.kind === kind &&
        (share.principalType === 'user' ? share.principalId === caller.userId : caller.roleIds.has(share.principalId)),
    );
  const own = member?.permissions.includes('own') ?? false;
  const act = own || (member?.permissions.includes('manage') ?? false) || has('participant');
  const consume = own || has('consumer');
  return { see: member !== undefined || act || consume, own, act, consume };
}

function requireExpiry({ type, duration, date }: Expiry): void {
  if (type === 'DURATION' && duration === undefined) {
    throw error('invalid', 'The expiry has no duration.', {
      details: 'expected duration and durationUnit (HOURS or DAYS)',
    });
  }
  if (type === 'DATE' && (date === undefined || !readInstant(date))) {
    throw error('invalid', 'The expiry has no date that can be read.', {
      details: 'expected date as ISO 8601, such as 2026-01-31T08:00:00Z',
    });
  }
}

function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('workload.administerallqueues')) return sql<SqlBool>`true`;
  const roles = [...caller.roleIds];
  return sql<SqlBool>`(
    exists (select from queue_member m where m.queue_id = q.id and m.user_id = ${caller.userId})
    or exists (select from queue_share s where s.queue_id = q.id and (
      (s.principal_type = 'user' and s.principal_id = ${caller.userId}) or (s.principal_type = 'role' and s.principal_id = any(${roles}))))
  )`;
}

export interface Queues {
  create(caller: Caller, settings: QueueSettings): Promise<QueueDefinition>;
  /** The queue, if the caller may see it. */
  get(caller: Caller, id: number): Promise<QueueDefinition>;
  /** The queue whoever asks: for the rules themselves. */
  definition(id: number): Promise<QueueDefinition | undefined>;
  list(caller: Caller, selection: Selection): Promise<Page<QueueDefinition>>;
  update(
    caller: Caller,
    id: number,
    settings: Partial<QueueSettings>,
    version: number | undefined,
  ): Promise<QueueDefinition>;
  remove(caller: Caller, id: number): Promise<void>;
}

export function createQueues(database: Database, wakeUps: WakeUps, models: ReturnType<typeof createModels>): Queues {
  const definitions: Remembered<QueueDefinition | undefined> = remember(wakeUps, 'queue-changed', (id) =>
    database.first(sql<QueueDefinition>`select ${DEFINITION} from queue q where q.id = ${Number(id)}`),
  );

  async function get(caller: Caller, id: number): Promise<QueueDefinition> {
    const queue = await definitions.get(String(id));
    if (!queue || !rightsOn(queue, caller).see) throw error('notFound', `There is no queue with the id ${id}.`);
    return queue;
  }

  async function changed(id: number): Promise<void> {
    definitions.forget(String(id));
  }

  async function readSettings(settings: QueueSettings) {
    const model = await models.get(settings.modelId).catch(() => {
      throw error('invalid', `There is no work item model with the id ${settings.modelId}.`, {
        details: 'expected the id of a model in workItemModelId',
      });
    });
    const orders = settings.processingOrder ?? [];
    if (orders.length > MOST_ORDERS) {
      throw error('invalid', `A processing order has at most ${MOST_ORDERS} columns; ${orders.length} came.`);
    }
    const find = (name: string): Attribute => {
      const attribute =
        model.attributes.find((one) => one.name === name) ??
        model.attributes.find((one) => one.name.toLowerCase() === name.toLowerCase());
      if (attribute) return attribute;
      throw error('invalid', `The model "${model.name}" has no column "${name}".`, {
        details: `expected one of ${model.attributes.map((one) => one.name).join(', ')}`,
      });
    };
    if (settings.expiry) requireExpiry(settings.expiry);
    const shownIds = settings.displayColumnIds ?? [];
    for (const id of shownIds) {
      if (!model.attributes.some((one) => one.id === id)) {
        throw error('invalid', `The model "${model.name}" has no column with the id ${id}.`);
      }
    }
    return {
      name: settings.name,
      description: settings.description ?? '',
      model_id: model.id,
      reactivation_threshold: settings.reactivationThreshold ?? 1,
      consider_reactivation_threshold: settings.considerReactivationThreshold ?? false,
      display_column_ids:
        shownIds.length > 0 ? [...shownIds] : (settings.displayColumns ?? []).map((name) => find(name).id),
      processing_order: JSON.stringify(
        orders.map(({ attribute, descending }) => ({ attribute: find(attribute).name, descending })),
      ),
      manual_processing_time: settings.manualProcessingTime ?? null,
      manual_processing_time_unit: settings.manualProcessingTimeUnit ?? 'DAYS',
      auto_retry_limit: settings.autoRetryLimit ?? 0,
      disallow_duplicate: settings.disallowDuplicate ?? false,
      expiry: settings.expiry ? JSON.stringify(settings.expiry) : null,
      lease_seconds: settings.leaseSeconds ?? 60,
      on_lost: settings.onLost ?? ('RETRY' as OnLost),
    };
  }

  function refuseDuplicate(name: string): (cause: unknown) => never {
    return (cause) => {
      if (violatedConstraint(cause) === 'queue_name')
        throw error('duplicate', `There is a queue with the name "${name}" already.`);
      throw cause;
    };
  }

  return {
    get,
    definition: (id) => definitions.get(String(id)),

    async create(caller, settings) {
      const values = await readSettings(settings);
      const id = await database
        .transaction(async (tx) => {
          const created = await tx.first(
            build
              .insertInto('queue')
              .values({ ...values, created_by: caller.userId, updated_by: caller.userId })
              .returning('id'),
          );
          if (!created) throw new Error('The queue was not inserted.');
          // The creator is an owner from the start (contract b §1.5).
          if (caller.userId !== 0) {
            await tx.all(
              build
                .insertInto('queue_member')
                .values({ queue_id: created.id, user_id: caller.userId, permissions: ['own', 'manage'] }),
            );
          }
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'queue.create',
            subject: { type: 'queue', id: created.id, name: settings.name },
          });
          return created.id;
        })
        .catch(refuseDuplicate(settings.name));
      return get(caller, id);
    },

    list(caller, selection) {
      return selectPage<QueueDefinition>(
        database,
        { columns: DEFINITION, source: sql`queue q`, visible: visibleTo(caller), fields: FIELDS, tiebreak: sql`q.id` },
        selection,
      );
    },

    async update(caller, id, settings, version) {
      const queue = await get(caller, id);
      if (!rightsOn(queue, caller).own)
        throw error('forbidden', `${caller.username} does not own the queue "${queue.name}".`);
      const values = await readSettings({ ...queue, ...settings });
      await database
        .transaction(async (tx) => {
          const updated = await tx.first(
            sql`update queue set ${sql.join(Object.entries(values).map(([column, value]) => sql`${sql.ref(column)} = ${value}`))},
                  updated_by = ${caller.userId}, updated_on = present(), version = version + 1
                where id = ${id} and version = ${version ?? queue.version}
                  and (model_id = ${values.model_id} or process_id is null and not exists (select from work_item w where w.queue_id = ${id}))
                returning id`,
          );
          if (!updated) {
            throw version === undefined || version === queue.version
              ? error('conflict', 'The model of a queue with items in it cannot be changed.')
              : error(
                  'staleVersion',
                  `The queue has changed: its version is ${queue.version}, the request names ${version}.`,
                );
          }
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'queue.update',
            subject: { type: 'queue', id, name: values.name },
          });
          await announce(tx, 'queue-changed', id);
        })
        .catch(refuseDuplicate(values.name));
      await changed(id);
      return get(caller, id);
    },

    async remove(caller, id) {
      const queue = await get(caller, id);
      if (!rightsOn(queue, caller).own)
        throw error('forbidden', `${caller.username} does not own the queue "${queue.name}".`);
      await database.transaction(async (tx) => {
        if (queue.processId !== null) {
          throw error('conflict', `The queue "${queue.name}" belongs to a process.`, { details: 'delete the process' });
        }
        const used = await tx.first(sql`select 1 from queue_automation where queue_id = ${id} limit 1`);
        if (used)
          throw error('conflict', `An automation is attached to the queue "${queue.name}".`, {
            details: 'delete the automation first',
          });
        const held = await tx.first(
          sql`select 1 from work_item where queue_id = ${id} and status in ('READY_TO_RUN', 'ACTIVE') limit 1`,
        );
        if (held) throw error('conflict', `Items of the queue "${queue.name}" are being worked on.`);
        await tx.all(
          sql`delete from work_item_payload where work_item_id in (select id from work_item where queue_id = ${id})`,
        );
        await tx.all(sql`delete from work_item where queue_id = ${id}`);
        await tx.all(sql`delete from queue where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'queue.delete',
          subject: { type: 'queue', id, name: queue.name },
        });
        await announce(tx, 'queue-changed', id);
      });
      await changed(id);
    },
  };
}
