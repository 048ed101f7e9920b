import { type SqlBool, sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { ADMIN_ROLE, type Caller, PERMISSIONS } from '../identity/index.ts';
import { ALL_FLAGS, type FolderRight, flagsAllowedBy, flagsOf, rightsOfFlags } from './flags.ts';
import type { Reading } from './reading.ts';

/** What a role may do in one folder. */
export interface RightsInFolder {
  readonly roleId: number;
  readonly folderId: number;
  readonly rights: Readonly<Record<FolderRight, boolean>>;
  /** Whether the role has rights on folders at all, or what its general permissions give. */
  readonly restricted: boolean;
  /** The folder whose entry decides: this one, or the nearest above it; undefined where none does. */
  readonly decidedBy: number | undefined;
}

export interface FolderEntry {
  readonly folderId: number;
  readonly rights: readonly FolderRight[];
}

export interface RoleFolders {
  readonly roleId: number;
  readonly restricted: boolean;
  /** Grows by one with each change; 0 while nothing was set. */
  readonly version: number;
  readonly folders: readonly { readonly folderId: number; readonly rights: Readonly<Record<FolderRight, boolean>> }[];
}

/** The rights of roles on folders of the public workspace (contract a §3.5). What they mean is in reach.ts. */
export function createFolderRights(database: Database, reading: Reading) {
  async function requireRole(connection: Connection, roleId: number): Promise<{ name: string; permissions: number[] }> {
    const role = await connection.first(
      sql<{ name: string; permissions: number[] }>`select r.name,
          array(select p.permission_id from role_permission p where p.role_id = r.id and p.resource_id = '') as permissions
        from role r where r.id = ${roleId}`,
    );
    if (!role) throw error('notFound', `There is no role with the id ${roleId}.`);
    return role;
  }

  async function all(connection: Connection, roleId: number): Promise<RoleFolders> {
    const set = await connection.first(
      sql<{ version: number }>`select version from folder_rights_of_role where role_id = ${roleId}`,
    );
    const rows = await connection.all(
      sql<{ folderId: number; rights: number }>`select folder_id as "folderId", rights from folder_right
        where role_id = ${roleId} order by folder_id`,
    );
    return {
      roleId,
      restricted: set !== undefined,
      version: set?.version ?? 0,
      folders: rows.map(({ folderId, rights }) => ({ folderId, rights: rightsOfFlags(rights) })),
    };
  }

  return {
    /** @throws notFound for a role or folder that is not there */
    async inFolder(caller: Caller, roleId: number, folderId: number): Promise<RightsInFolder> {
      const role = await requireRole(database, roleId);
      await requirePublicFolders(caller, [folderId]);
      const names = new Set(PERMISSIONS.filter(({ id }) => role.permissions.includes(id)).map(({ name }) => name));
      const general = roleId === ADMIN_ROLE ? ALL_FLAGS : flagsAllowedBy((name) => names.has(name));
      const { restricted } = await all(database, roleId);
      if (!restricted || roleId === ADMIN_ROLE) {
        return { roleId, folderId, rights: rightsOfFlags(general), restricted: false, decidedBy: undefined };
      }
      const nearest = await database.first(
        sql<{ id: number; rights: number }>`with recursive up (id, parent_id, depth) as (
            select id, parent_id, 0 from repository_entry where id = ${folderId}
            union all select e.id, e.parent_id, u.depth + 1 from up u join repository_entry e on e.id = u.parent_id
          ) select u.id, f.rights from up u join folder_right f on f.folder_id = u.id and f.role_id = ${roleId} order by u.depth limit 1`,
      );
      return {
        roleId,
        folderId,
        rights: rightsOfFlags(nearest?.rights ?? 0),
        restricted: true,
        decidedBy: nearest?.id,
      };
    },

    /** Everything that was set for a role. @throws notFound */
    async of(roleId: number): Promise<RoleFolders> {
      await requireRole(database, roleId);
      return all(database, roleId);
    },

    /**
     * Sets the rights of a role on all folders: what is not named here is gone. An empty list leaves the role nothing.
     *
     * @throws notFound; invalid; conflict for AAE_Admin, which sees everything; staleVersion
     */
    async set(caller: Caller, roleId: number, entries: readonly FolderEntry[], version?: number): Promise<RoleFolders> {
      requireNotAdmin(roleId);
      const role = await requireRole(database, roleId);
      const ids = entries.map(({ folderId }) => folderId);
      const twice = ids.find((id, at) => ids.indexOf(id) !== at);
      if (twice !== undefined) throw error('invalid', `The folder ${twice} is named twice.`);
      await requirePublicFolders(caller, ids);
      return database.transaction(async (tx) => {
        const set = await tx.first(
          sql<{
            version: number;
          }>`insert into folder_rights_of_role (role_id, updated_by, version) values (${roleId}, ${caller.userId}, 1)
            on conflict (role_id) do update set updated_by = excluded.updated_by, updated_on = present(),
              version = folder_rights_of_role.version + 1 returning version`,
        );
        requireVersion(version, (set?.version ?? 1) - 1);
        await tx.all(sql`delete from folder_right where role_id = ${roleId}`);
        for (const { folderId, rights } of entries) {
          await tx.all(sql`insert into folder_right (role_id, folder_id, rights)
            values (${roleId}, ${folderId}, ${flagsOf(rights)})`);
        }
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.setFolderRights',
          subject: { type: 'role', id: roleId, name: role.name },
          details: { folders: entries.map(({ folderId, rights }) => ({ folderId, rights })) },
        });
        await announce(tx, 'identity-changed', '*');
        return all(tx, roleId);
      });
    },

    /** Back to what the role's general permissions give. @throws notFound */
    async clear(caller: Caller, roleId: number): Promise<RoleFolders> {
      requireNotAdmin(roleId);
      const role = await requireRole(database, roleId);
      return database.transaction(async (tx) => {
        await tx.all(sql`delete from folder_rights_of_role where role_id = ${roleId}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.clearFolderRights',
          subject: { type: 'role', id: roleId, name: role.name },
        });
        await announce(tx, 'identity-changed', '*');
        return all(tx, roleId);
      });
    },
  };

  async function requirePublicFolders(caller: Caller, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const found = await reading.all(
      caller,
      sql<SqlBool>`e.id = any(${[...ids]}) and e.workspace = 'PUBLIC' and e.is_folder`,
    );
    const missing = ids.find((id) => !found.some((folder) => folder.id === id));
    if (missing !== undefined)
      throw error('notFound', `There is no folder of the public workspace with the id ${missing}.`);
  }
}

function requireNotAdmin(roleId: number): void {
  if (roleId === ADMIN_ROLE) throw error('conflict', 'AAE_Admin sees every folder; it cannot be restricted.');
}

function requireVersion(named: number | undefined, present: number): void {
  if (named === undefined || named === present) return;
  throw error(
    'staleVersion',
    `The rights of the role have changed: their version is ${present}, the request names ${named}.`,
  );
}
