import { sql } from 'kysely';
import {
  type Connection,
  type Database,
  queryBuilder,
  type Transaction,
  violatedConstraint,
} from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import {
  lockIdentity,
  requireAdminLeft,
  requireAdminRoleUsable,
  requireMayTouch,
  requireRolesLeft,
} from './admin-guard.ts';
import type { Caller } from './caller.ts';
import { ADMIN_ROLE, permissionByName } from './permissions.ts';
import { type Grant, readGrants } from './rights.ts';
import { type GivenPermission, readPermissions } from './role-permissions.ts';
import type { IdentityTables } from './tables.ts';

export interface Role {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly isSystem: boolean;
  readonly grants: readonly Grant[];
  /** Who has it. */
  readonly principals: readonly { readonly id: number; readonly username: string }[];
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface RoleSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly permissions: readonly GivenPermission[];
  readonly principalIds?: readonly number[] | undefined;
}

/** What is not there, or undefined, stays. */
export type RoleChanges = { readonly [Name in keyof RoleSettings]?: RoleSettings[Name] | undefined };

export interface Roles {
  /** @throws invalid; duplicate; forbidden */
  create(caller: Caller, settings: RoleSettings): Promise<Role>;
  get(id: number): Promise<Role>;
  list(selection: Selection): Promise<Page<Role>>;
  /** What is not named stays. @throws notFound; staleVersion; invalid; duplicate; conflict; forbidden */
  update(caller: Caller, id: number, changes: RoleChanges, version?: number): Promise<Role>;
  /** Answers the role as it was. @throws notFound; invalid for system roles; conflict when it is somebody's only one */
  remove(caller: Caller, id: number): Promise<Role>;
}

const build = queryBuilder<IdentityTables>();

const COLUMNS = sql`r.id, r.name, r.description, r.is_system as "isSystem",
  (select coalesce(json_agg(json_build_object('id', rp.permission_id, 'resourceId', rp.resource_id) order by rp.permission_id), '[]')
     from role_permission rp where rp.role_id = r.id) as stored,
  (select coalesce(json_agg(json_build_object('id', u.id, 'username', u.username) order by u.id), '[]')
     from user_role ur join app_user u on u.id = ur.user_id where ur.role_id = r.id) as principals,
  r.created_by as "createdBy", r.created_on as "createdOn", r.updated_by as "updatedBy", r.updated_on as "updatedOn", r.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`r.id` },
  name: { type: 'text', sql: sql`r.name` },
  description: { type: 'text', sql: sql`r.description` },
  createdBy: { type: 'number', sql: sql`r.created_by` },
  createdOn: { type: 'instant', sql: sql`r.created_on` },
  updatedOn: { type: 'instant', sql: sql`r.updated_on` },
  version: { type: 'number', sql: sql`r.version` },
};

type Row = Omit<Role, 'grants'> & { readonly stored: { readonly id: number; readonly resourceId: string }[] };

function toRole({ stored, ...role }: Row): Role {
  return { ...role, grants: readGrants(stored) };
}

export function createRoles(database: Database, onChanged: (userIds: readonly number[]) => void): Roles {
  async function read(connection: Connection, id: number): Promise<Role> {
    const row = await connection.first(sql<Row>`select ${COLUMNS} from role r where r.id = ${id}`);
    if (!row) throw error('notFound', `There is no role with the id ${id}.`);
    return toRole(row);
  }

  return {
    get: (id) => read(database, id),

    list: async (selection) => {
      const page = await selectPage<Row>(
        database,
        { columns: COLUMNS, source: sql`role r`, visible: sql`true`, fields: FIELDS, tiebreak: sql`r.id` },
        selection,
      );
      return { ...page, rows: page.rows.map(toRole) };
    },

    create: async (caller, settings) => {
      const name = requireName(settings.name);
      const grants = readPermissions(settings.permissions);
      requireMayGrant(caller, grants, []);
      const id = await database
        .transaction(async (tx) => {
          await lockIdentity(tx);
          const created = await tx.first(
            build
              .insertInto('role')
              .values({
                name,
                description: settings.description ?? '',
                created_by: caller.userId,
                updated_by: caller.userId,
              })
              .returning('id'),
          );
          if (!created) throw new Error('The role was not inserted.');
          await setPermissions(tx, created.id, grants);
          await setPrincipals(tx, created.id, settings.principalIds ?? []);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'role.create',
            subject: { type: 'role', id: created.id, name },
            details: { permissions: grants.map(showGrant), principals: settings.principalIds ?? [] },
          });
          await announce(tx, 'identity-changed', '*');
          return created.id;
        })
        .catch(refuseDuplicate(name));
      onChanged(settings.principalIds ?? []);
      return read(database, id);
    },

    update: async (caller, id, changes, version) => {
      const affected = await database
        .transaction(async (tx) => {
          await lockIdentity(tx);
          const role = await read(tx, id);
          requireMayTouch(caller, { roleIds: [id] });
          if (version !== undefined && version !== role.version) {
            throw error(
              'staleVersion',
              `The role has changed: its version is ${role.version}, the request names ${version}.`,
            );
          }
          const name = changes.name === undefined ? role.name : requireName(changes.name);
          const grants = changes.permissions && readPermissions(changes.permissions);
          if (grants) {
            requireMayGrant(caller, grants, role.grants);
            if (id === ADMIN_ROLE)
              requireAdminRoleUsable(
                new Set(grants.filter((one) => one.resourceId === null).map(({ permission }) => permission.id)),
              );
            await setPermissions(tx, id, grants);
          }
          await tx.all(
            sql`update role set name = ${name}, description = ${changes.description ?? role.description},
              updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`,
          );
          const before = role.principals.map((principal) => principal.id);
          if (changes.principalIds) {
            await setPrincipals(tx, id, changes.principalIds);
            await requireRolesLeft(tx, before);
            await requireAdminLeft(tx);
          }
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'role.update',
            subject: { type: 'role', id, name },
            details: {
              changed: Object.entries(changes).flatMap(([key, value]) => (value === undefined ? [] : [key])),
              ...(grants ? { permissions: grants.map(showGrant) } : {}),
              ...(changes.principalIds ? { principals: changes.principalIds } : {}),
            },
          });
          await announce(tx, 'identity-changed', '*');
          return [...before, ...(changes.principalIds ?? [])];
        })
        .catch(refuseDuplicate(changes.name ?? ''));
      onChanged(affected);
      return read(database, id);
    },

    remove: async (caller, id) => {
      const role = await database.transaction(async (tx) => {
        await lockIdentity(tx);
        const before = await read(tx, id);
        if (before.isSystem) throw error('invalid', `${before.name} is a system role and cannot be deleted.`);
        await tx.all(sql`delete from role where id = ${id}`);
        await requireRolesLeft(
          tx,
          before.principals.map((principal) => principal.id),
        );
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'role.delete',
          subject: { type: 'role', id, name: before.name },
        });
        await announce(tx, 'identity-changed', '*');
        return before;
      });
      onChanged(role.principals.map((principal) => principal.id));
      return role;
    },
  };
}

/** `system.administer` is what makes an administrator: only who has it hands it on. [inferred] */
function requireMayGrant(caller: Caller, wanted: readonly Grant[], before: readonly Grant[]): void {
  const { id } = permissionByName('system.administer');
  const adds =
    wanted.some(({ permission }) => permission.id === id) && !before.some(({ permission }) => permission.id === id);
  if (adds && !caller.may('system.administer')) {
    throw error('forbidden', `${caller.username} cannot give a right that administers the system without having it.`);
  }
}

async function setPermissions(tx: Transaction, roleId: number, grants: readonly Grant[]): Promise<void> {
  await tx.all(sql`delete from role_permission where role_id = ${roleId}`);
  if (grants.length === 0) return;
  const rows = grants.map(({ permission, resourceId }) => ({
    role_id: roleId,
    permission_id: permission.id,
    resource_id: resourceId ?? '',
  }));
  await tx.all(
    build
      .insertInto('role_permission')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
  );
}

async function setPrincipals(tx: Transaction, roleId: number, wanted: readonly number[]): Promise<void> {
  const ids = [...new Set(wanted)];
  const known = await tx.all(
    sql<{ id: number }>`select id from app_user where id = any(${ids}) and deleted_on is null`,
  );
  const unknown = ids.find((id) => !known.some((user) => user.id === id));
  if (unknown !== undefined) throw error('invalid', `There is no user with the id ${unknown}.`);
  await tx.all(sql`delete from user_role where role_id = ${roleId}`);
  if (ids.length > 0)
    await tx.all(build.insertInto('user_role').values(ids.map((id) => ({ user_id: id, role_id: roleId }))));
}

const LONGEST_NAME = 255;

function requireName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= LONGEST_NAME) return name;
  throw error('invalid', 'This name cannot be used.', { details: `expected 1 to ${LONGEST_NAME} characters` });
}

function showGrant({ permission, resourceId }: Grant): string {
  return resourceId === null ? permission.name : `${permission.name} on ${resourceId}`;
}

function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'role_name')
      throw error('duplicate', `There is a role with the name "${name}" already.`);
    throw cause;
  };
}
