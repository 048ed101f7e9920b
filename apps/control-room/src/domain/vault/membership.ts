import { sql } from 'kysely';
import type { Connection, Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { LOCK_LOCKER, readLocker, requireIn, type SeenLocker } from './lockers.ts';
import { LOCKER_PERMISSIONS, type LockerPermission, seesAllLockers } from './standing.ts';

export interface LockerMember {
  readonly id: number;
  readonly permissions: readonly LockerPermission[];
}

/**
 * Who is what in a locker. Only owners change it, consumers included: whoever could add a role of his own to those would
 * have all values in it. None of it touches the locker's own version (contract a §4.1).
 */
export function createMembership(database: Database) {
  async function forChange(tx: Transaction, caller: Caller, lockerId: number): Promise<SeenLocker> {
    // Locked, so that two owners who remove each other do not both succeed.
    const locker = await readLocker(tx, caller, lockerId, LOCK_LOCKER);
    requireIn(caller, locker, ['own'], 'change the members of');
    return locker;
  }

  const record = (tx: Transaction, caller: Caller, locker: SeenLocker, verb: string, details: object) =>
    recordAudit(tx, {
      actor: actorOf(caller),
      action: `locker.${verb}`,
      subject: { type: 'locker', id: locker.id, name: locker.name },
      details: { ...details },
    });

  async function requireMayLook(caller: Caller, lockerId: number): Promise<void> {
    const locker = await readLocker(database, caller, lockerId);
    if (!seesAllLockers(caller)) requireIn(caller, locker, ['own', 'manage', 'participate'], 'see the members of');
  }

  return {
    /** @throws notFound; forbidden */
    async members(caller: Caller, lockerId: number): Promise<LockerMember[]> {
      await requireMayLook(caller, lockerId);
      return database.all(
        sql<LockerMember>`select m.user_id as id, m.permissions from locker_member m join app_user u on u.id = m.user_id
          where m.locker_id = ${lockerId} and u.deleted_on is null order by m.user_id`,
      );
    },

    /** What a user is in the locker from now on. @throws notFound; forbidden; invalid; conflict for the last owner */
    async putMember(
      caller: Caller,
      lockerId: number,
      userId: number,
      permissions: readonly LockerPermission[],
    ): Promise<void> {
      requireTogether(permissions);
      await database.transaction(async (tx) => {
        const locker = await forChange(tx, caller, lockerId);
        const user = await tx.first(sql`select 1 from app_user where id = ${userId} and deleted_on is null`);
        if (!user) throw error('notFound', `There is no user with the id ${userId}.`);
        const ordered = LOCKER_PERMISSIONS.filter((one) => permissions.includes(one));
        await tx.all(
          sql`insert into locker_member values (${lockerId}, ${userId}, ${ordered})
            on conflict (locker_id, user_id) do update set permissions = excluded.permissions`,
        );
        await requireOwnerLeft(tx, locker);
        await record(tx, caller, locker, 'member.put', { userId, permissions: ordered });
      });
    },

    /** @throws notFound; forbidden; conflict for the last owner */
    async removeMember(caller: Caller, lockerId: number, userId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const locker = await forChange(tx, caller, lockerId);
        const gone = await tx.first(
          sql`delete from locker_member where locker_id = ${lockerId} and user_id = ${userId} returning user_id`,
        );
        if (!gone) throw error('notFound', `The user ${userId} is no member of the locker "${locker.name}".`);
        await requireOwnerLeft(tx, locker);
        await record(tx, caller, locker, 'member.remove', { userId });
      });
    },

    /** Ids of roles. @throws notFound; forbidden */
    async consumers(caller: Caller, lockerId: number): Promise<number[]> {
      await requireMayLook(caller, lockerId);
      const rows = await database.all(
        sql<{ id: number }>`select role_id as id from locker_consumer where locker_id = ${lockerId} order by role_id`,
      );
      return rows.map(({ id }) => id);
    },

    /** Again is no harm. @throws notFound; forbidden; invalid for a system role */
    async addConsumer(caller: Caller, lockerId: number, roleId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const locker = await forChange(tx, caller, lockerId);
        const role = await tx.first(
          sql<{
            name: string;
            isSystem: boolean;
          }>`select name, is_system as "isSystem" from role where id = ${roleId} for share`,
        );
        if (!role) throw error('invalid', `There is no role with the id ${roleId}.`);
        if (role.isSystem)
          throw error('invalid', `${role.name} is a system role and cannot consume a locker.`, {
            details: 'expected a role that was made here',
          });
        await tx.all(sql`insert into locker_consumer values (${lockerId}, ${roleId}) on conflict do nothing`);
        await record(tx, caller, locker, 'consumer.add', { roleId });
      });
    },

    /** @throws notFound; forbidden */
    async removeConsumer(caller: Caller, lockerId: number, roleId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const locker = await forChange(tx, caller, lockerId);
        const gone = await tx.first(
          sql`delete from locker_consumer where locker_id = ${lockerId} and role_id = ${roleId} returning role_id`,
        );
        if (!gone) throw error('notFound', `The role ${roleId} does not consume the locker "${locker.name}".`);
        await record(tx, caller, locker, 'consumer.remove', { roleId });
      });
    },
  };
}

/** An owner may consume, but is not also manager or participant (contract a §4.1). */
function requireTogether(permissions: readonly LockerPermission[]): void {
  if (permissions.length === 0)
    throw error('invalid', 'A member has at least one permission.', {
      details: `expected some of ${LOCKER_PERMISSIONS.join(', ')} in permissions`,
    });
  if (permissions.includes('own') && (permissions.includes('manage') || permissions.includes('participate')))
    throw error('invalid', 'An owner of a locker is not also its manager or participant.', {
      details: 'expected own, alone or together with consume',
    });
}

async function requireOwnerLeft(connection: Connection, locker: SeenLocker): Promise<void> {
  const left = await connection.first(
    sql`select 1 from locker_member m join app_user u on u.id = m.user_id
      where m.locker_id = ${locker.id} and 'own' = any(m.permissions) and u.deleted_on is null limit 1`,
  );
  if (!left)
    throw error('conflict', `This would leave the locker "${locker.name}" without an owner.`, {
      details: 'make somebody else an owner first',
    });
}
