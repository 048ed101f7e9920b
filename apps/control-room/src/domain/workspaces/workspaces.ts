import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { WorkspaceCaller, WorkspaceName } from './workspace-caller.ts';

export interface Workspace extends WorkspaceName {
  readonly createdOn: Temporal.Instant;
  readonly version: number;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
}

export const MEMBER_ROLES = ['OWNER', 'MEMBER'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

export interface Member {
  readonly userId: number;
  readonly username: string;
  readonly role: MemberRole;
}

const COLUMNS = sql`w.id, w.uuid, w.name, w.created_on as "createdOn", w.version`;
/** The one in which Automation Anywhere's wire works. */
export const DEFAULT_WORKSPACE = 1;

/** Workspaces and who belongs to them. An installation is one organisation. */
export function createWorkspaces(database: Database, wakeUps: WakeUps, organizationId: string) {
  const byUuid: Remembered<WorkspaceName | undefined> = remember(wakeUps, 'workspace-changed', (uuid) =>
    database.first(sql<WorkspaceName>`select id, uuid, name from workspace where uuid = ${uuid}`),
  );

  /** Its owners, its members, and whoever administers the installation. */
  async function enter(caller: Caller, uuid: string, needed: MemberRole = 'MEMBER'): Promise<WorkspaceCaller> {
    const workspace = await find(uuid);
    const role = workspace && (await roleOf(caller, workspace.id));
    if (!workspace || role === undefined) throw error('notFound', `There is no workspace with the id ${uuid}.`);
    if (needed === 'OWNER' && role !== 'OWNER') {
      throw error('forbidden', `${caller.username} does not own the workspace "${workspace.name}".`, {
        details: 'needed: to be an owner of the workspace',
      });
    }
    return { workspace, kind: 'user', actor: actorOf(caller), userId: caller.userId, may: () => true };
  }

  async function find(uuid: string): Promise<WorkspaceName | undefined> {
    const known = readUuid(uuid);
    return known === undefined ? undefined : byUuid.get(known);
  }

  async function roleOf(caller: Caller, workspaceId: number): Promise<MemberRole | undefined> {
    return caller.may('system.administer') ? 'OWNER' : roleIn(caller.userId, workspaceId);
  }

  async function roleIn(userId: number, workspaceId: number): Promise<MemberRole | undefined> {
    const row = await database.first(
      sql<{
        role: MemberRole;
      }>`select role from workspace_member where workspace_id = ${workspaceId} and user_id = ${userId}`,
    );
    return row?.role;
  }

  return {
    find,
    enter,
    roleOf,

    list: (caller: Caller): Promise<Workspace[]> =>
      database.all(sql<Workspace>`select ${COLUMNS} from workspace w where ${visibleTo(caller)} order by w.id`),

    async create(caller: Caller, name: string): Promise<Workspace> {
      return database
        .transaction(async (tx) => {
          const made = await tx.first(
            sql<Workspace>`insert into workspace as w (name, created_by, updated_by) values (${name.trim()}, ${caller.userId}, ${caller.userId})
              returning ${COLUMNS}`,
          );
          if (!made) throw new Error('The workspace was not inserted.');
          if (caller.userId > 0)
            await tx.all(sql`insert into workspace_member values (${made.id}, ${caller.userId}, 'OWNER')`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'workspace.create',
            subject: { type: 'workspace', id: made.uuid, name: made.name },
          });
          return made;
        })
        .catch(nameTaken);
    },

    async rename(caller: Caller, uuid: string, name: string): Promise<Workspace> {
      const { workspace } = await enter(caller, uuid, 'OWNER');
      return database
        .transaction(async (tx) => {
          const changed = await tx.first(
            sql<Workspace>`update workspace w set name = ${name.trim()}, updated_by = ${caller.userId}, updated_on = present(), version = w.version + 1
              where w.id = ${workspace.id} returning ${COLUMNS}`,
          );
          if (!changed) throw error('notFound', `There is no workspace with the id ${uuid}.`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'workspace.rename',
            subject: { type: 'workspace', id: workspace.uuid, name: changed.name },
            details: { before: workspace.name },
          });
          await announce(tx, 'workspace-changed', workspace.uuid);
          // Keys remember the name of their workspace.
          await announce(tx, 'workspace-key-changed', '*');
          return changed;
        })
        .catch(nameTaken);
    },

    async members(caller: Caller, uuid: string): Promise<Member[]> {
      const { workspace } = await enter(caller, uuid);
      return database.all(
        sql<Member>`select m.user_id as "userId", u.username, m.role from workspace_member m join app_user u on u.id = m.user_id
          where m.workspace_id = ${workspace.id} and u.deleted_on is null order by m.user_id`,
      );
    },

    /** @param role undefined takes the user out */
    async setMember(caller: Caller, uuid: string, userId: number, role: MemberRole | undefined): Promise<void> {
      const { workspace } = await enter(caller, uuid, 'OWNER');
      await database.transaction(async (tx) => {
        const user = await tx.first(
          sql<{ username: string }>`select username from app_user where id = ${userId} and deleted_on is null`,
        );
        if (!user) throw error('notFound', `There is no user with the id ${userId}.`);
        await tx.all(
          role === undefined
            ? sql`delete from workspace_member where workspace_id = ${workspace.id} and user_id = ${userId}`
            : sql`insert into workspace_member values (${workspace.id}, ${userId}, ${role})
                on conflict (workspace_id, user_id) do update set role = excluded.role`,
        );
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: role === undefined ? 'workspace.removeMember' : 'workspace.setMember',
          subject: { type: 'workspace', id: workspace.uuid, name: workspace.name },
          details: { userId, ...(role === undefined ? {} : { role }) },
        });
      });
    },

    async organization(): Promise<Organization> {
      const row = await database.first(
        sql<{ name: string }>`select value ->> 'name' as name from installation where key = 'organization'`,
      );
      return { id: organizationId, name: row?.name ?? 'Signalbox' };
    },

    async renameOrganization(caller: Caller, name: string): Promise<Organization> {
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into installation values ('organization', ${JSON.stringify({ name: name.trim() })}::jsonb)
          on conflict (key) do update set value = excluded.value`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'organization.rename',
          subject: { type: 'organization', id: organizationId, name: name.trim() },
        });
      });
      return { id: organizationId, name: name.trim() };
    },
  };
}

function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  return caller.may('system.administer')
    ? sql<SqlBool>`true`
    : sql<SqlBool>`exists (select from workspace_member m where m.workspace_id = w.id and m.user_id = ${caller.userId})`;
}

function nameTaken(cause: unknown): never {
  if (violatedConstraint(cause) !== 'workspace_name') throw cause;
  throw error('duplicate', 'There is a workspace with this name already.');
}
