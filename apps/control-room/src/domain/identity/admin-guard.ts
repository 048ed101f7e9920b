import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Caller } from './caller.ts';
import { ADMIN_ROLE, type PermissionName, permissionByName } from './permissions.ts';
import { isAdmin } from './rights.ts';

/** Rules that keep an installation in the hands of its administrators, whatever else is changed. */

/** Any number that nobody else on this database locks. */
const LOCK = 7_230_451_900_002n;

/**
 * Writes to users and roles come one after the other. They are rare, and rules such as "one administrator stays" look at
 * more rows than the one that changes.
 */
export async function lockIdentity(tx: Transaction): Promise<void> {
  await tx.all(sql`select pg_advisory_xact_lock(${LOCK})`);
}

/**
 * Who may manage users is not thereby an administrator: those, and their role, only another of them changes. Otherwise
 * setting an administrator's password would make anybody one. [inferred]
 */
export function requireMayTouch(caller: Caller, target: { readonly roleIds: Iterable<number> }): void {
  if (isAdmin(caller) || ![...target.roleIds].includes(ADMIN_ROLE)) return;
  throw error('forbidden', 'Only a member of AAE_Admin may do this to that role or a member of it.');
}

/** At least one who can log in (contract a §3.2). Called when the change is made, before it is committed. */
export async function requireAdminLeft(tx: Transaction): Promise<void> {
  const left = await tx.first(
    sql`select 1 from user_role ur join app_user u on u.id = ur.user_id
      where ur.role_id = ${ADMIN_ROLE} and u.deleted_on is null and not u.disabled limit 1`,
  );
  if (!left)
    throw error(
      'invalid',
      'This would leave no administrator: AAE_Admin keeps at least one member who is not disabled.',
    );
}

/** Contract a §3.4: a user keeps one role. */
export async function requireRolesLeft(tx: Transaction, userIds: readonly number[]): Promise<void> {
  const bare = await tx.all(
    sql<{
      username: string;
    }>`select username from app_user u where id = any(${userIds as number[]}) and deleted_on is null
      and not exists (select from user_role ur where ur.user_id = u.id) order by id limit 5`,
  );
  if (bare.length > 0) {
    throw error('conflict', `This is the only role of ${bare.map(({ username }) => username).join(', ')}.`, {
      details: 'give them another role first',
    });
  }
}

/** Without these nobody could give a lost right back. */
const LAST_RESORT = [
  'usermanagement.usermanagement',
  'usermanagement.createuser',
  'usermanagement.updateuser',
  'rolesmanagement.rolesview',
  'rolesmanagement.rolesmanagement',
] as const satisfies readonly PermissionName[];

export function requireAdminRoleUsable(permissionIds: ReadonlySet<number>): void {
  const missing = LAST_RESORT.filter((name) => !permissionIds.has(permissionByName(name).id));
  if (missing.length > 0)
    throw error('invalid', `AAE_Admin keeps the rights to manage users and roles: ${missing.join(', ')}.`);
}
