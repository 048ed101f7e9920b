import { sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';
import {
  ADMIN_ROLE,
  EVERYONE,
  type Permission,
  type PermissionName,
  permissionById,
  permissionByName,
} from './permissions.ts';

/** A permission that somebody has: everywhere, or (with `resourceId`) for one object only. */
export interface Grant {
  readonly permission: Permission;
  readonly resourceId: string | null;
}

/** What a user may do, as the union of his roles (contract a §1.7). */
export interface Rights {
  readonly username: string;
  readonly disabled: boolean;
  readonly roleIds: ReadonlySet<number>;
  readonly grants: readonly Grant[];
  /** Everywhere: a right that is bound to an object does not count. */
  may(permission: PermissionName): boolean;
}

interface Row {
  readonly username: string;
  readonly disabled: boolean;
  readonly roleIds: number[];
  readonly grants: { readonly id: number; readonly resourceId: string }[];
}

/** Undefined where there is no such user, or no longer. */
export async function readRights(connection: Connection, userId: number): Promise<Rights | undefined> {
  const row = await connection.first(
    sql<Row>`select u.username, u.disabled,
        array(select ur.role_id from user_role ur where ur.user_id = u.id order by ur.role_id) as "roleIds",
        (select coalesce(json_agg(distinct jsonb_build_object('id', rp.permission_id, 'resourceId', rp.resource_id)), '[]')
           from user_role ur join role_permission rp on rp.role_id = ur.role_id where ur.user_id = u.id) as grants
      from app_user u where u.id = ${userId} and u.deleted_on is null`,
  );
  if (!row) return undefined;
  const grants = readGrants(row.grants);
  const everywhere = new Set<string>(
    grants.filter(({ resourceId }) => resourceId === null).map(({ permission }) => permission.name),
  );
  // Rights every role has, whatever is stored (contract a §13.1).
  for (const name of row.roleIds.length > 0 ? EVERYONE : []) {
    if (everywhere.has(name)) continue;
    everywhere.add(name);
    grants.push({ permission: permissionByName(name), resourceId: null });
  }
  return {
    username: row.username,
    disabled: row.disabled,
    roleIds: new Set(row.roleIds),
    grants: grants.sort((a, b) => a.permission.id - b.permission.id),
    may: (permission) => everywhere.has(permission),
  };
}

/** What a newer version of the server has stored and this one does not know is left out. */
export function readGrants(rows: readonly { readonly id: number; readonly resourceId: string }[]): Grant[] {
  return rows.flatMap(({ id, resourceId }) => {
    const permission = permissionById(id);
    return permission ? [{ permission, resourceId: resourceId === '' ? null : resourceId }] : [];
  });
}

export function isAdmin(caller: { readonly roleIds: ReadonlySet<number> }): boolean {
  return caller.roleIds.has(ADMIN_ROLE);
}
