import { type RawBuilder, sql } from 'kysely';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { randomToken, sha256 } from '../../kernel/sealing.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { readWorkspacePermission, type WorkspacePermission } from './grants.ts';
import type { WorkspaceCaller, WorkspaceName } from './workspace-caller.ts';

export interface WorkspaceKey {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly WorkspacePermission[];
  /** Its text can be shown again. */
  readonly revealable: boolean;
  readonly uses: number;
  readonly lastUsedOn: Temporal.Instant | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedOn: Temporal.Instant;
}

export interface NewKey {
  readonly name: string;
  /** Full or short names. */
  readonly permissions: readonly string[];
  /** Keeps the text sealed, so that it can be shown again. */
  readonly revealable?: boolean;
}

interface KnownKey {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly WorkspacePermission[];
  readonly createdBy: number;
  readonly workspace: WorkspaceName;
}

const COLUMNS = sql`k.id, k.name, k.permissions, k.sealed is not null as revealable, k.uses, k.last_used_on as "lastUsedOn",
  k.created_by as "createdBy", k.created_on as "createdOn", k.updated_on as "updatedOn"`;

/** Uses are counted in memory and written together: a row for each call would cost more than the call. */
const COUNT_EVERY_MS = 2_000;

const boundTo = (hash: Buffer): string => `workspace-key:${hash.toString('hex')}`;

/** Keys by which programs work in one workspace. Only hashes are kept, unless whoever makes one wants to see it again. */
export function createWorkspaceKeys({ database, wakeUps, sealer, log }: Kernel) {
  const byHash: Remembered<KnownKey | undefined> = remember(wakeUps, 'workspace-key-changed', (hash) =>
    database.first(
      sql<KnownKey>`select k.id, k.name, k.permissions, k.created_by as "createdBy",
          json_build_object('id', w.id, 'uuid', w.uuid, 'name', w.name) as workspace
        from workspace_key k join workspace w on w.id = k.workspace_id where k.hash = ${Buffer.from(hash, 'hex')}`,
    ),
  );
  const uses = countUses(database, (cause) => log.warn({ err: cause }, 'Uses of keys could not be counted.'));

  return {
    /** Undefined for a text that is no key. */
    async find(text: string): Promise<WorkspaceCaller | undefined> {
      const key = await byHash.get(sha256(text).toString('hex'));
      if (!key) return undefined;
      uses.note(key.id);
      return {
        workspace: key.workspace,
        kind: 'key',
        actor: { type: 'key', id: key.id, name: key.name },
        userId: key.createdBy,
        may: (grant) => (key.permissions as readonly string[]).includes(grant),
      };
    },

    list(caller: WorkspaceCaller): Promise<WorkspaceKey[]> {
      return database.all(
        sql<WorkspaceKey>`select ${COLUMNS} from workspace_key k where k.workspace_id = ${caller.workspace.id} order by k.id`,
      );
    },

    get: (caller: WorkspaceCaller, id: number): Promise<WorkspaceKey> => read(caller, id),

    /** The text comes back this once. @throws invalid for a permission that there is not; duplicate for a name that is taken */
    async create(caller: WorkspaceCaller, key: NewKey): Promise<WorkspaceKey & { readonly text: string }> {
      const text = `sbws_${randomToken()}`;
      const hash = sha256(text);
      const permissions = readPermissions(key.permissions);
      return database
        .transaction(async (tx) => {
          const made = await tx.first(
            sql<WorkspaceKey>`insert into workspace_key as k (workspace_id, name, hash, sealed, permissions, created_by, updated_by)
              values (${caller.workspace.id}, ${key.name.trim()}, ${hash}, ${key.revealable ? sealer.seal(text, boundTo(hash)) : null},
                ${permissions}, ${caller.userId}, ${caller.userId}) returning ${COLUMNS}`,
          );
          if (!made) throw new Error('The key was not inserted.');
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'workspaceKey.create',
            subject: { type: 'workspaceKey', id: made.id, name: made.name },
            details: { workspace: caller.workspace.uuid, permissions },
          });
          return { ...made, text };
        })
        .catch(nameTaken);
    },

    async update(caller: WorkspaceCaller, id: number, changes: Partial<NewKey>): Promise<WorkspaceKey> {
      const permissions = changes.permissions && readPermissions(changes.permissions);
      const name = changes.name?.trim();
      return database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{ hash: Buffer }>`update workspace_key k set name = coalesce(${name ?? null}, k.name),
                permissions = coalesce(${permissions ?? null}::text[], k.permissions),
                updated_by = ${caller.userId}, updated_on = present(), version = k.version + 1
              where ${inWorkspace(caller, id)} returning k.hash`,
          );
          if (!row) throw absent(id);
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'workspaceKey.update',
            subject: { type: 'workspaceKey', id, name: name ?? '' },
            details: { workspace: caller.workspace.uuid, ...(permissions ? { permissions } : {}) },
          });
          await announce(tx, 'workspace-key-changed', row.hash.toString('hex'));
          return read(caller, id);
        })
        .catch(nameTaken);
    },

    /** From the commit on it opens nothing any more, at any replica. */
    async remove(caller: WorkspaceCaller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const row = await tx.first(
          sql<{
            hash: Buffer;
            name: string;
          }>`delete from workspace_key k where ${inWorkspace(caller, id)} returning k.hash, k.name`,
        );
        if (!row) throw absent(id);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workspaceKey.delete',
          subject: { type: 'workspaceKey', id, name: row.name },
          details: { workspace: caller.workspace.uuid },
        });
        await announce(tx, 'workspace-key-changed', row.hash.toString('hex'));
      });
    },

    /** Shows the text again; that somebody looked is on record first. @throws precondition when it was not kept */
    async reveal(caller: WorkspaceCaller, id: number): Promise<string> {
      const row = await database.transaction(async (tx) => {
        const found = await tx.first(
          sql<{
            hash: Buffer;
            sealed: string | null;
            name: string;
          }>`select k.hash, k.sealed, k.name from workspace_key k
            where ${inWorkspace(caller, id)}`,
        );
        if (!found) throw absent(id);
        if (found.sealed === null) {
          throw error('precondition', `The text of the key "${found.name}" was not kept.`, {
            details: 'make a new key; one that is made with revealable can be shown again',
          });
        }
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workspaceKey.reveal',
          subject: { type: 'workspaceKey', id, name: found.name },
          details: { workspace: caller.workspace.uuid },
        });
        return { hash: found.hash, sealed: found.sealed };
      });
      return sealer.open(row.sealed, boundTo(row.hash)).toString('utf8');
    },

    /** Writes what has been counted. */
    close: () => uses.close(),
  };

  async function read(caller: WorkspaceCaller, id: number): Promise<WorkspaceKey> {
    const key = await database.first(
      sql<WorkspaceKey>`select ${COLUMNS} from workspace_key k where ${inWorkspace(caller, id)}`,
    );
    if (!key) throw absent(id);
    return key;
  }
}

function inWorkspace(caller: WorkspaceCaller, id: number): RawBuilder<unknown> {
  return sql`k.id = ${id} and k.workspace_id = ${caller.workspace.id}`;
}

const absent = (id: number) => error('notFound', `The workspace has no key with the id ${id}.`);

function nameTaken(cause: unknown): never {
  if (violatedConstraint(cause) !== 'workspace_key_name') throw cause;
  throw error('duplicate', 'The workspace has a key with this name already.');
}

function readPermissions(names: readonly string[]): WorkspacePermission[] {
  const permissions = names.map((name) => {
    const permission = readWorkspacePermission(name);
    if (!permission) throw error('invalid', `There is no permission "${name.slice(0, 100)}" for keys of a workspace.`);
    return permission;
  });
  return [...new Set(permissions)];
}

function countUses(database: Database, onTrouble: (cause: unknown) => void) {
  let counted = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = counted;
    counted = new Map();
    if (batch.size === 0) return;
    await database
      .all(
        sql`update workspace_key k set uses = k.uses + u.count, last_used_on = present()
          from unnest(${[...batch.keys()]}::bigint[], ${[...batch.values()]}::bigint[]) as u (id, count) where k.id = u.id`,
      )
      .catch(onTrouble);
  }

  return {
    note(id: number): void {
      counted.set(id, (counted.get(id) ?? 0) + 1);
      timer ??= setTimeout(write, COUNT_EVERY_MS).unref();
    },
    close: write,
  };
}
