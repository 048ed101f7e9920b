import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type QueueDefinition, type Queues, rightsOn } from './queues.ts';

/** Who shares a queue: members by their permissions, participants and consumers by role or user (contract b §1.5, §1.6). */
export interface Principal {
  readonly type: 'role' | 'user';
  readonly id: number;
  readonly name: string;
}

export type MemberPermission = 'own' | 'manage';

export function createSharing(database: Database, queues: Queues) {
  async function ownedQueue(caller: Caller, queueId: number): Promise<QueueDefinition> {
    const queue = await queues.get(caller, queueId);
    if (!rightsOn(queue, caller).own)
      throw error('forbidden', `${caller.username} does not own the queue "${queue.name}".`);
    return queue;
  }

  /** The user's or role's name, or 404. */
  async function resolve(type: 'role' | 'user', id: number): Promise<Principal> {
    const row = await database.first(
      type === 'user'
        ? sql<{ name: string }>`select username as name from app_user where id = ${id} and deleted_on is null`
        : sql<{ name: string }>`select name from role where id = ${id}`,
    );
    if (!row) throw error('notFound', `There is no ${type} with the id ${id}.`);
    return { type, id, name: row.name };
  }

  return {
    /** Adds a member or replaces his permissions. */
    async putMember(
      caller: Caller,
      queueId: number,
      userId: number,
      permissions: readonly MemberPermission[],
    ): Promise<void> {
      const queue = await ownedQueue(caller, queueId);
      const user = await resolve('user', userId);
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into queue_member (queue_id, user_id, permissions) values (${queueId}, ${userId}, ${[...permissions]})
          on conflict (queue_id, user_id) do update set permissions = excluded.permissions`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'queue.member.put',
          subject: { type: 'queue', id: queueId, name: queue.name },
          details: { user: user.name, permissions },
        });
        await announce(tx, 'queue-changed', queueId);
      });
    },

    async members(
      caller: Caller,
      queueId: number,
    ): Promise<{ userId: number; username: string; permissions: readonly string[] }[]> {
      await queues.get(caller, queueId);
      return database.all(
        sql<{ userId: number; username: string; permissions: string[] }>`
          select m.user_id as "userId", u.username, m.permissions from queue_member m join app_user u on u.id = m.user_id
          where m.queue_id = ${queueId} order by m.user_id`,
      );
    },

    /** Adding twice is no change. Unknown roles and users refuse the whole call. */
    async share(
      caller: Caller,
      queueId: number,
      kind: 'participant' | 'consumer',
      principals: readonly { readonly type: 'role' | 'user'; readonly id: number }[],
    ): Promise<Principal[]> {
      const queue = await ownedQueue(caller, queueId);
      const resolved = await Promise.all(principals.map(({ type, id }) => resolve(type, id)));
      await database.transaction(async (tx) => {
        for (const { type, id } of resolved) {
          await tx.all(
            sql`insert into queue_share values (${queueId}, ${kind}, ${type}, ${id}) on conflict do nothing`,
          );
        }
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: `queue.${kind}.add`,
          subject: { type: 'queue', id: queueId, name: queue.name },
          details: { added: resolved.map(({ type, name }) => `${type} ${name}`) },
        });
        await announce(tx, 'queue-changed', queueId);
      });
      return resolved;
    },

    async shares(caller: Caller, queueId: number, kind: 'participant' | 'consumer'): Promise<Principal[]> {
      await queues.get(caller, queueId);
      return database.all(
        sql<Principal>`select s.principal_type as type, s.principal_id as id, coalesce(r.name, u.username, '') as name
          from queue_share s
          left join role r on s.principal_type = 'role' and r.id = s.principal_id
          left join app_user u on s.principal_type = 'user' and u.id = s.principal_id
          where s.queue_id = ${queueId} and s.kind = ${kind} order by s.principal_type, s.principal_id`,
      );
    },
  };
}
