import { type SqlBool, sql } from 'kysely';
import { type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, isRoot } from './entry.ts';
import { neededBy } from './links.ts';
import { gone } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { holdUnlocked } from './tree.ts';

/** Names those of a file's users that a caller may know of. They stand above the repository, so they tell it how. */
export type NameUsers = (caller: Caller, fileId: number) => Promise<readonly string[]>;

/** Deleting. A file with its versions and pictures waits to be recovered; an empty folder is simply gone. */
export function createRemoving(database: Database, reading: Reading, users: ReadonlyMap<string, NameUsers>) {
  /**
   * @throws notFound; invalid for the other kind; forbidden; locked; conflict for a root, a folder with something in it, or
   *   a file that is needed, with who needs it
   */
  return async function remove(caller: Caller, id: number, kind: 'file' | 'folder'): Promise<void> {
    const entry = await reading.get(caller, id);
    if (entry.isFolder !== (kind === 'folder'))
      throw error('invalid', `${entry.path} is a ${entry.isFolder ? 'folder' : 'file'}, not a ${kind}.`);
    if (isRoot(entry)) throw error('conflict', 'The root folders cannot be deleted.');
    requireRight(caller, entry, 'delete');
    await database
      .transaction(async (tx) => {
        const held = await holdUnlocked(tx, entry);
        if (entry.checkedOutFrom !== null) {
          throw error('conflict', `${entry.path} is checked out.`, {
            details: 'undo the check-out, which deletes this copy and unlocks the public file',
          });
        }
        if (!entry.isFolder && entry.workspace === 'PUBLIC' && !entry.isMetadata) {
          await requireNotNeeded(tx, reading, caller, entry, [held.path], [id]);
        }
        await takeAway(tx, id, caller);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.delete',
          subject: { type: 'repositoryEntry', id, name: entry.path },
        });
        await announce(tx, 'repository-changed', '*');
      })
      .catch(async (cause) => {
        // What the entry is needed for is known to the database, also when it came about this very moment.
        const constraint = violatedConstraint(cause);
        if (constraint === undefined) throw cause;
        if (constraint === 'repository_entry_parent_id_fkey') {
          throw error('conflict', `The folder ${entry.path} is not empty.`, { details: 'delete what is in it first' });
        }
        // In a transaction of the caller's, which has failed with this one, nothing more can be asked.
        const names = database.ambient() ? [] : ((await users.get(constraint)?.(caller, id)) ?? []);
        const which = names.length === 0 ? '' : `: ${names.slice(0, 5).join(', ')}`;
        throw error('conflict', `${entry.path} is used ${USERS[constraint] ?? 'by something else'}${which}.`, {
          details: 'delete that first',
        });
      });
  };
}

/** Who else refers to a file, by the name of the reference. */
const USERS: Readonly<Record<string, string>> = {
  queue_automation_file_id_fkey: 'by a queue automation',
  api_task_allocation_file_id_fkey: 'as an allocated API Task',
  repository_checkout_public_id_fkey: 'by a check-out',
  repository_checkout_private_id_fkey: 'by a check-out',
};

/** @throws conflict with the names of those that need it, of which the caller learns only what he sees */
export async function requireNotNeeded(
  tx: Transaction,
  reading: Reading,
  caller: Caller,
  entry: Entry,
  paths: readonly string[],
  inside: readonly number[],
): Promise<void> {
  const users = await neededBy(
    tx,
    paths.map((path) => path.toLowerCase()),
    inside,
  );
  if (users.length === 0) return;
  const visible = await reading.all(caller, sql<SqlBool>`e.id = any(${users.map((user) => user.id)})`);
  const names = visible.slice(0, 5).map(({ path }) => path);
  throw error('conflict', `${entry.path} is needed by ${names.join(', ') || 'files that you do not see'}.`, {
    details: 'take the reference out of them first',
  });
}

const KEPT = sql`id, workspace, owner_id, parent_id, name, path, description, content_type, content_sha256, content_size,
  has_errors, has_triggers, is_metadata, latest_version, created_by, created_on, version`;

/** Moves a file with its pictures to where it can be recovered from. An empty folder is deleted. */
export async function takeAway(tx: Transaction, id: number, caller: Caller): Promise<void> {
  await tx.all(sql`insert into repository_deleted (id, workspace, owner_id, parent_id, name, path, description, content_type,
      content_sha256, content_size, has_errors, has_triggers, is_metadata, latest_version, created_by, created_on, version, deleted_by)
    select ${KEPT}, ${caller.userId} from repository_entry where not is_folder and (id = ${id} or (parent_id = ${id} and is_metadata))`);
  await tx.all(sql`delete from repository_entry where parent_id = ${id} and is_metadata`);
  const deleted = await tx.first(sql`delete from repository_entry where id = ${id} returning id`);
  if (!deleted) throw gone(id);
}

/** A private copy that has served its purpose: what was in it is in the public file, or was not wanted. */
export async function removeDraft(tx: Transaction, id: number): Promise<void> {
  await tx.all(sql`delete from repository_dependency where file_id = ${id}`);
  await tx.all(sql`delete from package_use where file_id = ${id}`);
  await tx.all(sql`delete from repository_entry where parent_id = ${id} and is_metadata`);
  await tx.all(sql`delete from repository_entry where id = ${id}`);
}
