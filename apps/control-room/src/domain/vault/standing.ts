import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Caller } from '../identity/index.ts';
import { DEFAULT_WORKSPACE } from '../workspaces/index.ts';

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

/** Lockers and credentials of other workspaces are their robots', and nobody's on Automation Anywhere's wire. */
export const LOCKER_HERE: RawBuilder<SqlBool> = sql<SqlBool>`l.workspace_id = ${DEFAULT_WORKSPACE}`;
export const CREDENTIAL_HERE: RawBuilder<SqlBool> = sql<SqlBool>`c.workspace_id = ${DEFAULT_WORKSPACE}`;

/**
 * What belonging to its workspace makes somebody in the locker of its robots: owners of the workspace own it, members put credentials into it.
 * Empty in all other lockers.
 */
export function permissionsByWorkspace(lockerId: RawBuilder<unknown>, caller: Caller): RawBuilder<unknown> {
  return sql`coalesce((select case when ${caller.may('system.administer')} or wm.role = 'OWNER' then array['own', 'participate']
        when wm.role = 'MEMBER' then array['participate'] end
      from locker rl left join workspace_member wm on wm.workspace_id = rl.workspace_id and wm.user_id = ${caller.userId}
      where rl.id = ${lockerId} and rl.for_robots), '{}')`;
}

/** He belongs to the workspace for whose robots the locker is. */
function belongsTo(lockerId: RawBuilder<unknown>, caller: Caller): RawBuilder<SqlBool> {
  return sql<SqlBool>`(cardinality(${permissionsByWorkspace(lockerId, caller)}) > 0)`;
}

/** He is something in it, whatever it is. */
export function seesLocker(lockerId: RawBuilder<unknown>, caller: Caller): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${isMember(lockerId, caller.userId, LOCKER_PERMISSIONS)} or ${isConsumer(lockerId, caller.userId)}
    or ${belongsTo(lockerId, caller)})`;
}

/** What somebody is to a credential. */
export interface Standing {
  readonly owner: boolean;
  /** Owner or manager of its locker. */
  readonly managesLocker: boolean;
  readonly consumer: boolean;
}

/** What robots of a workspace read belongs to all who belong to the workspace: any of them could read it by a tool of his own. */
function owns(caller: Caller): RawBuilder<SqlBool> {
  return sql<SqlBool>`(c.owner_id = ${caller.userId} or ${belongsTo(CREDENTIALS_LOCKER, caller)})`;
}

export function standingColumns(caller: Caller): RawBuilder<unknown> {
  return sql`json_build_object('owner', ${owns(caller)},
    'managesLocker', ${isMember(CREDENTIALS_LOCKER, caller.userId, ['own', 'manage'])},
    'consumer', ${isConsumer(CREDENTIALS_LOCKER, caller.userId)}) as standing`;
}

/** Participants of a locker see their own credentials in it, not those of others. [inferred] */
export function visibleCredentials(caller: Caller, consumed: boolean): RawBuilder<SqlBool> {
  if (seesAllLockers(caller)) return CREDENTIAL_HERE;
  const own = sql<SqlBool>`${owns(caller)} or ${isMember(CREDENTIALS_LOCKER, caller.userId, ['own', 'manage'])}`;
  const seen = consumed ? sql<SqlBool>`${own} or ${isConsumer(CREDENTIALS_LOCKER, caller.userId)}` : own;
  return sql<SqlBool>`(${CREDENTIAL_HERE} and (${seen}))`;
}

/** Owner of the credential, or owner or manager of the locker it is in (contract a §4.3). @throws forbidden */
export function requireMayChange(caller: Caller, name: string, { owner, managesLocker }: Standing): void {
  if (owner || managesLocker) return;
  throw error('forbidden', `${caller.username} may not change the credential "${name}".`, {
    details: 'needed: to own it, or to own or manage its locker',
  });
}
