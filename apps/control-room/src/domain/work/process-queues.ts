import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { type Actor, recordAudit } from '../audit/index.ts';
import type { OnLost } from './tables.ts';

/** A queue of a process: between its steps, or of its outputs. */
export interface ProcessQueue {
  readonly processId: string;
  readonly role: 'STEP' | 'OUTPUT';
  /** What people find it by in a list of queues; a number is put behind it when it is taken. */
  readonly name: string;
  readonly retries: number;
  readonly onLost: OnLost;
}

export interface Maker {
  readonly userId: number;
  readonly actor: Actor;
}

const MODEL = 'Any JSON';
const LONGEST_NAME = 240;

/** Queues that processes make for themselves, inside the transaction of the process. */
export const processQueues = {
  async make(tx: Transaction, maker: Maker, queue: ProcessQueue): Promise<number> {
    const modelId = await openModel(tx, maker);
    const name = await freeName(tx, queue.name);
    const made = await tx.first(
      sql<{
        id: number;
      }>`insert into queue (name, model_id, auto_retry_limit, on_lost, process_id, process_role, created_by, updated_by)
        values (${name}, ${modelId}, ${queue.retries}, ${queue.onLost}, ${queue.processId}::uuid, ${queue.role}, ${maker.userId}, ${maker.userId})
        returning id`,
    );
    if (!made) throw new Error('The queue of a process was not inserted.');
    if (maker.userId > 0) {
      await tx.all(sql`insert into queue_member values (${made.id}, ${maker.userId}, array['own', 'manage'])`);
    }
    await recordAudit(tx, {
      actor: maker.actor,
      action: 'queue.create',
      subject: { type: 'queue', id: made.id, name },
      details: { processId: queue.processId, role: queue.role },
    });
    return made.id;
  },

  /** A queue that is there already becomes the input of a step. @throws notFound; conflict when somebody else works it off */
  async adopt(tx: Transaction, queueId: number, processId: string, rules: Pick<ProcessQueue, 'retries' | 'onLost'>) {
    const queue = await tx.first(
      sql<{ name: string; used: boolean }>`select q.name, q.process_id is not null
          or exists (select from queue_automation a where a.queue_id = q.id) as used from queue q where q.id = ${queueId} for update`,
    );
    if (!queue) throw error('notFound', `There is no queue with the id ${queueId}.`);
    if (queue.used)
      throw error('conflict', `The queue "${queue.name}" is worked off by an automation or another process.`);
    await tx.all(sql`update queue set process_id = ${processId}::uuid, process_role = 'STEP', auto_retry_limit = ${rules.retries},
      on_lost = ${rules.onLost}, version = version + 1 where id = ${queueId}`);
    await announce(tx, 'queue-changed', queueId);
  },

  async setRules(tx: Transaction, queueId: number, { retries, onLost }: Pick<ProcessQueue, 'retries' | 'onLost'>) {
    await tx.all(sql`update queue set auto_retry_limit = ${retries}, on_lost = ${onLost}, version = version + 1, updated_on = present()
      where id = ${queueId} and (auto_retry_limit, on_lost) is distinct from (${retries}::int, ${onLost}::text)`);
    await announce(tx, 'queue-changed', queueId);
  },

  /** With everything in them. */
  async remove(tx: Transaction, maker: Maker, queueIds: readonly number[]): Promise<void> {
    const ids = sql`any(${[...queueIds]}::bigint[])`;
    await tx.all(
      sql`delete from work_item_payload where work_item_id in (select id from work_item where queue_id = ${ids})`,
    );
    await tx.all(sql`delete from work_item where queue_id = ${ids}`);
    await tx.all(sql`delete from queue_automation where queue_id = ${ids}`);
    const gone = await tx.all(
      sql<{ id: number; name: string }>`delete from queue where id = ${ids} returning id, name`,
    );
    for (const { id, name } of gone) {
      await recordAudit(tx, { actor: maker.actor, action: 'queue.delete', subject: { type: 'queue', id, name } });
      await announce(tx, 'queue-changed', id);
    }
  },
};

/** One for all processes: whose items are any JSON, and which has no columns. */
async function openModel(tx: Transaction, { userId }: Maker): Promise<number> {
  const insert = sql<{ id: number }>`insert into work_item_model (name, takes_anything, created_by, updated_by)
    values (${MODEL}, true, ${userId}, ${userId}) on conflict do nothing returning id`;
  const find = sql<{
    id: number;
  }>`select id from work_item_model where takes_anything order by id limit 1`;
  const found = (await tx.first(find)) ?? (await tx.first(insert)) ?? (await tx.first(find));
  if (found) return found.id;
  throw error('conflict', `The name "${MODEL}" is taken by a work item model that has columns.`, {
    details: 'rename that model',
  });
}

async function freeName(tx: Transaction, wanted: string): Promise<string> {
  const name = wanted.slice(0, LONGEST_NAME);
  const row = await tx.first(
    sql<{
      name: string;
    }>`select case when n = 1 then ${name} else ${name} || ' (' || n || ')' end as name from generate_series(1, 1000) n
      where not exists (select from queue q where lower(q.name) = lower(case when n = 1 then ${name} else ${name} || ' (' || n || ')' end))
      order by n limit 1`,
  );
  return row?.name ?? `${name} ${Temporal.Now.instant().epochMilliseconds}`;
}
