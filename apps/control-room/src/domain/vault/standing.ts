import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Caller } from '../identity/index.ts';

/**
 * Who stands how to a locker `l` and a credential `c` (contract a §4.1), read from the tables at each question: a member who
 * was removed a moment ago has nothing any more.
 */

export const LOCKER_PERMISSIONS = ['consume', 'participate', 'manage', 'own'] as const;
export type LockerPermission = (typeof LOCKER_PERMISSIONS)[number];

/** A member of this locker with one of these permissions. */
export function isMember(
  lockerId: RawBuilder<unknown>,
  userId: number,
  permissions: readonly LockerPermission[],
): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from locker_member m where m.locker_id = ${lockerId} and m.user_id = ${userId}
    and m.permissions && ${[...permissions]}::text[])`;
}

/** By a role that consumes the locker, or by name. */
export function isConsumer(lockerId: RawBuilder<unknown>, userId: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${isMember(lockerId, userId, ['consume'])} or exists (select from locker_consumer lc
    join user_role ur on ur.role_id = lc.role_id where lc.locker_id = ${lockerId} and ur.user_id = ${userId}))`;
}

export function seesAllLockers(caller: Caller): boolean {
  return caller.may('locker.administeralllockers');
}

const CREDENTIALS_LOCKER: RawBuilder<unknown> = sql`c.locker_id`;

/** What somebody is to a credential. */
export interface Standing {
  readonly owner: boolean;
  /** Owner or manager of its locker. */
  readonly managesLocker: boolean;
  readonly consumer: boolean;
}

export function standingColumns(userId: number): RawBuilder<unknown> {
  return sql`json_build_object('owner', c.owner_id = ${userId},
    'managesLocker', ${isMember(CREDENTIALS_LOCKER, userId, ['own', 'manage'])},
    'consumer', ${isConsumer(CREDENTIALS_LOCKER, userId)}) as standing`;
}

/** Participants of a locker see their own credentials in it, not those of others. [inferred] */
export function visibleCredentials(caller: Caller, consumed: boolean): RawBuilder<SqlBool> {
  if (seesAllLockers(caller)) return sql<SqlBool>`true`;
  const own = sql<SqlBool>`c.owner_id = ${caller.userId} or ${isMember(CREDENTIALS_LOCKER, caller.userId, ['own', 'manage'])}`;
  return consumed ? sql<SqlBool>`(${own} or ${isConsumer(CREDENTIALS_LOCKER, caller.userId)})` : sql<SqlBool>`(${own})`;
}

/** Owner of the credential, or owner or manager of the locker it is in (contract a §4.3). @throws forbidden */
export function requireMayChange(caller: Caller, name: string, { owner, managesLocker }: Standing): void {
  if (owner || managesLocker) return;
  throw error('forbidden', `${caller.username} may not change the credential "${name}".`, {
    details: 'needed: to own it, or to own or manage its locker',
  });
}
