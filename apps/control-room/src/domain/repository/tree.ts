import { type RawBuilder, sql } from 'kysely';
import type { Connection, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, FOLDER_TYPE, ROOT, readPath, splitPath, type Workspace } from './entry.ts';
import { gone, requireName, requireShort } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';

/** Any number that nobody else on this database locks. */
const STRUCTURE = 7_230_451_900_021n;

/**
 * Whoever changes the paths of folders does it alone (`exclusive`); whoever only puts something into one, beside others of
 * his kind (`shared`). So no path is made from a parent that moves at that moment, and no folder lands in its own child.
 * It comes before any row is held: the other way round two would wait for each other.
 */
export async function lockStructure(tx: Transaction, how: 'shared' | 'exclusive'): Promise<void> {
  await tx.all(
    how === 'shared'
      ? sql`select pg_advisory_xact_lock_shared(${STRUCTURE})`
      : sql`select pg_advisory_xact_lock(${STRUCTURE})`,
  );
}

export interface Held {
  readonly path: string;
  readonly sha256: Buffer | null;
  readonly latestVersion: number;
  readonly version: number;
  /** Who has the file checked out; 0 for nobody. */
  readonly lockedBy: number;
}

/** Holds an entry as it is until the commit. Check-outs begin with it too, so what it says of them stays true. @throws notFound */
export async function hold(tx: Transaction, id: number): Promise<Held> {
  const row = await tx.first(
    sql<Omit<Held, 'lockedBy'>>`select path, content_sha256 as sha256, latest_version as "latestVersion", version
      from repository_entry where id = ${id} for update`,
  );
  if (!row) throw gone(id);
  // A statement of its own: it sees what was committed while the first one waited.
  const lock = await tx.first(
    sql<{ userId: number }>`select user_id as "userId" from repository_checkout where public_id = ${id}`,
  );
  return { ...row, lockedBy: lock?.userId ?? 0 };
}

/** The same, for a change that a check-out of it forbids. @throws notFound; locked */
export async function holdUnlocked(tx: Transaction, entry: Entry): Promise<Held> {
  const held = await hold(tx, entry.id);
  if (held.lockedBy === 0) return held;
  const who = await tx.first(sql<{ username: string }>`select username from app_user where id = ${held.lockedBy}`);
  throw error('locked', `${entry.path} is checked out by ${who?.username ?? `the user ${held.lockedBy}`}.`);
}

/** Each once, always in the same order: two who hold several entries do not wait for each other in a circle. */
export function inOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}

export interface NewRow {
  readonly workspace: Workspace;
  readonly ownerId: number | null;
  readonly parentId: number;
  readonly name: string;
  readonly description?: string;
  readonly contentType: string;
  readonly isFolder: boolean;
  readonly isMetadata?: boolean;
  /** Taken back with the id that it had. */
  readonly id?: number;
}

/** Puts an entry into a folder, or metadata to a bot. @throws invalid; the name's unique index refuses a second one */
export async function insertEntry(tx: Transaction, row: NewRow, by: number): Promise<{ id: number; path: string }> {
  requireName(row.name);
  await lockStructure(tx, 'shared');
  // Holds the folder until the commit: nobody deletes it meanwhile.
  const parent = await tx.first(
    sql<{ path: string }>`select path from repository_entry where id = ${row.parentId} for key share`,
  );
  if (!parent) throw gone(row.parentId);
  const path = row.isMetadata ? `${parent.path}Metadata\\${row.name}` : `${parent.path}\\${row.name}`;
  requireShort(path);
  const given: RawBuilder<unknown> = row.id === undefined ? sql`default` : sql`${row.id}`;
  const made = await tx.first(
    sql<{ id: number }>`insert into repository_entry
      (id, workspace, owner_id, parent_id, name, path, description, is_folder, content_type, is_metadata, created_by, updated_by)
      values (${given}, ${row.workspace}, ${row.ownerId}, ${row.parentId}, ${row.name}, ${path}, ${row.description ?? ''},
        ${row.isFolder}, ${row.contentType}, ${row.isMetadata ?? false}, ${by}, ${by}) returning id`,
  );
  if (!made) throw new Error('The entry was not inserted.');
  return { id: made.id, path };
}

/**
 * The folder at a path, made with all that is missing above it. In the public workspace that takes the right to make
 * folders where the first one is missing.
 *
 * @param path under the workspace's root
 * @throws invalid; forbidden; conflict where a file stands in the way
 */
export async function ensureFolder(
  tx: Transaction,
  reading: Reading,
  caller: Caller,
  workspace: Workspace,
  path: string,
): Promise<number> {
  const wanted = readPath(path);
  if (!`${wanted.toLowerCase()}\\`.startsWith(`${ROOT.toLowerCase()}\\`))
    throw error('invalid', `${wanted.slice(0, 200)} is not in the repository.`, {
      details: `expected a path that begins with ${ROOT}`,
    });
  const ownerId = workspace === 'PUBLIC' ? null : caller.userId;
  const missing: string[] = [];
  let at = wanted;
  let id: number | undefined;
  while (at !== '') {
    const found = await folderAt(tx, ownerId, at);
    if (found) {
      if (!found.isFolder) throw error('conflict', `${at} is a file, so nothing can stand in it.`);
      id = found.id;
      break;
    }
    const { folder, name } = splitPath(at);
    missing.unshift(name);
    at = folder;
  }
  if (id === undefined) throw error('notFound', `The workspace of ${caller.username} has no folders yet.`);
  if (missing.length > 0 && workspace === 'PUBLIC') await requireMayMakeFolders(reading, caller, id);
  for (const name of missing) {
    const made = await insertEntry(
      tx,
      { workspace, ownerId, parentId: id, name, contentType: FOLDER_TYPE, isFolder: true },
      caller.userId,
    );
    await recordAudit(tx, {
      actor: actorOf(caller),
      action: 'repository.createFolder',
      subject: { type: 'repositoryEntry', id: made.id, name: made.path },
    });
    id = made.id;
  }
  return id;
}

export async function requireMayMakeFolders(reading: Reading, caller: Caller, folderId: number): Promise<Entry> {
  const folder = await reading.get(caller, folderId);
  if (!caller.may('repositorymanager.createfolders')) {
    throw error('forbidden', `${caller.username} may not make folders.`, {
      details: 'needed: repositorymanager.createfolders',
    });
  }
  requireRight(caller, folder, 'createFolder');
  return folder;
}

function folderAt(
  connection: Connection,
  ownerId: number | null,
  path: string,
): Promise<{ id: number; isFolder: boolean } | undefined> {
  return connection.first(
    sql`select id, is_folder as "isFolder" from repository_entry
      where workspace = ${ownerId === null ? 'PUBLIC' : 'PRIVATE'} and coalesce(owner_id, 0) = ${ownerId ?? 0}
        and lower(path) = ${path.toLowerCase()} and not is_metadata`,
  );
}
