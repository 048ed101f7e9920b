import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import { rightsOn, type Work } from '../work/index.ts';

/** A bot attached to a queue, with the pool of devices that works the queue off (contract b §1.14). */
export interface QueueAutomation {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly queueId: number;
  readonly queueName: string;
  readonly fileId: number;
  readonly fileName: string;
  readonly poolId: number;
  readonly runAsUserIds: readonly number[];
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly rdpEnabled: boolean;
  readonly setAsDefaultDevice: boolean;
  readonly workspaceName: string;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export type NewQueueAutomation = Pick<QueueAutomation, 'name' | 'queueId' | 'fileId' | 'poolId' | 'runAsUserIds'> &
  Partial<
    Pick<QueueAutomation, 'description' | 'botInput' | 'status' | 'rdpEnabled' | 'setAsDefaultDevice' | 'workspaceName'>
  >;

const COLUMNS = sql`a.id, a.name, a.description, a.queue_id as "queueId", q.name as "queueName", a.file_id as "fileId", f.name as "fileName",
  a.pool_id as "poolId", a.run_as_user_ids as "runAsUserIds", a.bot_input as "botInput", a.status, a.rdp_enabled as "rdpEnabled",
  a.set_as_default_device as "setAsDefaultDevice", a.workspace_name as "workspaceName", a.created_by as "createdBy",
  a.created_on as "createdOn", a.updated_by as "updatedBy", a.updated_on as "updatedOn", a.version`;
const SOURCE = sql`queue_automation a join queue q on q.id = a.queue_id join repository_entry f on f.id = a.file_id`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`a.id` },
  name: { type: 'text', sql: sql`a.name` },
  automationName: { type: 'text', sql: sql`a.name` },
  queueId: { type: 'number', sql: sql`a.queue_id` },
  queueName: { type: 'text', sql: sql`q.name` },
  fileId: { type: 'number', sql: sql`a.file_id` },
  fileName: { type: 'text', sql: sql`f.name` },
  poolId: { type: 'number', sql: sql`a.pool_id` },
  status: { type: 'text', sql: sql`a.status`, normalise: (word) => word.toUpperCase() },
  createdBy: { type: 'number', sql: sql`a.created_by` },
  createdOn: { type: 'instant', sql: sql`a.created_on` },
  updatedOn: { type: 'instant', sql: sql`a.updated_on` },
};

export function createQueueAutomations(database: Database, work: Work, repository: Repository) {
  async function get(caller: Caller, id: number): Promise<QueueAutomation> {
    const automation = await database.first(
      sql<QueueAutomation>`select ${COLUMNS} from ${SOURCE} where a.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!automation) throw error('notFound', `There is no queue automation with the id ${id}.`);
    return automation;
  }

  return {
    get,

    /**
     * @throws invalid when file, pool or a run-as user is not there; forbidden when the caller is no consumer of queue and
     *   pool; conflict while another automation is active on the queue
     */
    async create(caller: Caller, given: NewQueueAutomation): Promise<QueueAutomation> {
      const queue = await work.queues.get(caller, given.queueId);
      if (queue.processRole === 'STEP') {
        throw error('conflict', `The queue "${queue.name}" is worked off by a step of a process.`);
      }
      if (!rightsOn(queue, caller).consume)
        throw error('forbidden', `${caller.username} is no consumer of the queue "${queue.name}".`);
      const file = await repository.entries.get(caller, given.fileId).catch(() => undefined);
      if (!file || file.isFolder)
        throw error('invalid', `There is no bot with the id ${given.fileId}.`, {
          details: 'expected the id of a file in the repository in fileId',
        });
      if (file.workspace !== 'PUBLIC') {
        throw error('invalid', `${file.path} is not checked in.`, {
          details: 'check it in to the public workspace first',
        });
      }
      // Contract b §0.8: its items will run the bot, at times that nobody chooses.
      await repository.rights.require(caller, given.fileId, 'run');
      await repository.rights.require(caller, given.fileId, 'schedule');
      await requirePool(caller, given.poolId);
      await requireUsers(given.runAsUserIds);
      const id = await database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{
              id: number;
            }>`insert into queue_automation (name, description, queue_id, file_id, pool_id, run_as_user_ids, bot_input, status,
                rdp_enabled, set_as_default_device, workspace_name, created_by, updated_by)
              values (${given.name}, ${given.description ?? ''}, ${queue.id}, ${given.fileId}, ${given.poolId}, ${[...given.runAsUserIds]},
                ${JSON.stringify(given.botInput ?? {})}, ${given.status ?? 'ACTIVE'}, ${given.rdpEnabled ?? false}, ${given.setAsDefaultDevice ?? false},
                ${given.workspaceName ?? 'public'}, ${caller.userId}, ${caller.userId}) returning id`,
          );
          if (!row) throw new Error('The automation was not inserted.');
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'queueAutomation.create',
            subject: { type: 'queueAutomation', id: row.id, name: given.name },
            details: { queue: queue.name, bot: file.path, pool: given.poolId },
          });
          await announce(tx, 'queue-changed', queue.id);
          await announce(tx, 'fleet-changed', '*');
          return row.id;
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'queue_automation_active') throw cause;
          throw error('conflict', `Another automation is active on the queue "${queue.name}".`, {
            details: 'delete it first',
          });
        });
      return get(caller, id);
    },

    /** Those that run a bot, as far as the caller sees them. */
    async namesFor(caller: Caller, fileId: number): Promise<string[]> {
      const rows = await database.all(
        sql<{
          name: string;
        }>`select a.name from ${SOURCE} where a.file_id = ${fileId} and ${visibleTo(caller)} order by a.id limit 5`,
      );
      return rows.map(({ name }) => name);
    },

    list(caller: Caller, selection: Selection): Promise<Page<QueueAutomation>> {
      return selectPage<QueueAutomation>(
        database,
        { columns: COLUMNS, source: SOURCE, visible: visibleTo(caller), fields: FIELDS, tiebreak: sql`a.id` },
        selection,
      );
    },

    /** What runners already have is finished; nothing more is given out. */
    async remove(caller: Caller, id: number): Promise<void> {
      const automation = await get(caller, id);
      const queue = await work.queues.get(caller, automation.queueId);
      const rights = rightsOn(queue, caller);
      if (!rights.own && automation.createdBy !== caller.userId)
        throw error('forbidden', `${caller.username} neither made the automation nor owns its queue.`);
      await database.transaction(async (tx) => {
        await tx.all(sql`delete from queue_automation where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'queueAutomation.delete',
          subject: { type: 'queueAutomation', id, name: automation.name },
        });
        await announce(tx, 'queue-changed', queue.id);
        await announce(tx, 'fleet-changed', '*');
      });
    },
  };

  async function requirePool(caller: Caller, poolId: number): Promise<void> {
    const roles = [...caller.roleIds];
    const pool = await database.first(
      sql<{ allowed: boolean }>`select ${caller.may('pool.administerallpools')}
          or exists (select from device_pool_owner o where o.pool_id = p.id and o.user_id = ${caller.userId})
          or exists (select from device_pool_consumer c where c.pool_id = p.id and (c.principal_id = ${caller.userId} or c.principal_id = any(${roles}))) as allowed
        from device_pool p where p.id = ${poolId}`,
    );
    if (!pool)
      throw error('invalid', `There is no device pool with the id ${poolId}.`, {
        details: 'expected the id of a pool in poolIds or poolId',
      });
    if (!pool.allowed) throw error('forbidden', `${caller.username} is no consumer of the device pool ${poolId}.`);
  }

  async function requireUsers(ids: readonly number[]): Promise<void> {
    if (ids.length === 0)
      throw error('invalid', 'The automation names no run-as user.', { details: 'expected user ids in runAsUserIds' });
    const found = await database.all(
      sql<{ id: number }>`select id from app_user where id = any(${[...ids]}) and deleted_on is null and not disabled`,
    );
    const missing = ids.filter((id) => !found.some((user) => user.id === id));
    if (missing.length > 0) throw error('invalid', `Run-as user ${missing.join(', ')} is not there or disabled.`);
  }
}

/** Whoever sees the queue sees its automation. */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('workload.administerallqueues')) return sql<SqlBool>`true`;
  const roles = [...caller.roleIds];
  return sql<SqlBool>`(a.created_by = ${caller.userId}
    or exists (select from queue_member m where m.queue_id = q.id and m.user_id = ${caller.userId})
    or exists (select from queue_share s where s.queue_id = q.id and (
      (s.principal_type = 'user' and s.principal_id = ${caller.userId}) or (s.principal_type = 'role' and s.principal_id = any(${roles})))))`;
}
