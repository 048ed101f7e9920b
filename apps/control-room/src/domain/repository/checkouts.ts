import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { readContent } from './entries.ts';
import { type Entry, splitPath } from './entry.ts';
import { copyMetadata, moveMetadata } from './metadata.ts';
import { refuseDuplicate } from './names.ts';
import type { Reading } from './reading.ts';
import { removeDraft } from './removing.ts';
import { mayForce, requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { ensureFolder, hold, holdUnlocked, insertEntry, lockStructure } from './tree.ts';
import type { Workspaces } from './workspaces.ts';

/**
 * Check-out, check-in and undo. A public file has at most one check-out, which is a row with its id as the key; the copy
 * stands at the same path in the private workspace of whoever has it.
 */
export function createCheckouts(database: Database, reading: Reading, workspaces: Workspaces) {
  /** The copy for the id of either side. */
  async function copyOf(caller: Caller, id: number): Promise<Entry> {
    const entry = await reading.get(caller, id);
    if (entry.isFolder) throw error('invalid', `${entry.path} is a folder; files are checked in and out.`);
    if (entry.workspace === 'PRIVATE') return entry;
    const row = await database.first(
      sql<{
        id: number;
      }>`select private_id as id from repository_checkout where public_id = ${id} and user_id = ${caller.userId}`,
    );
    if (!row) throw error('conflict', `${entry.path} is not checked out by ${caller.username}.`);
    return reading.get(caller, row.id);
  }

  return {
    /**
     * Copies a public file into the caller's private workspace and locks it for everybody else. Answers the copy.
     *
     * @throws notFound; forbidden without the right or a private workspace; locked; duplicate when a draft stands at its path
     */
    async checkOut(caller: Caller, id: number): Promise<Entry> {
      const entry = await reading.get(caller, id);
      if (entry.isFolder) throw error('invalid', `${entry.path} is a folder; files are checked out.`);
      if (entry.workspace !== 'PUBLIC') throw error('invalid', `${entry.path} is in a private workspace already.`);
      requireRight(caller, entry, 'checkOut');
      requireRight(caller, entry, 'viewContent');
      await workspaces.requirePrivate(caller);
      const copy = await database
        .transaction(async (tx) => {
          await lockStructure(tx, 'shared');
          const held = await holdUnlocked(tx, entry);
          const parentId = await ensureFolder(tx, reading, caller, 'PRIVATE', splitPath(held.path).folder);
          const target = { workspace: 'PRIVATE', contentType: entry.contentType } as const;
          const { id: privateId } = await insertEntry(
            tx,
            {
              ...target,
              ownerId: caller.userId,
              parentId,
              name: entry.name,
              description: entry.description,
              isFolder: false,
            },
            caller.userId,
          );
          const content = held.sha256 === null ? undefined : await readContent(database, id);
          await saveContent(tx, { ...target, id: privateId }, content, {
            by: caller.userId,
            origin: 'CREATE',
            hasErrors: entry.hasErrors,
            manual: await manualOf(tx, id, held.latestVersion),
          });
          await copyMetadata(tx, id, { id: privateId, workspace: 'PRIVATE', ownerId: caller.userId }, caller.userId);
          await tx.all(sql`insert into repository_checkout (public_id, private_id, user_id, base_version)
            values (${id}, ${privateId}, ${caller.userId}, ${held.latestVersion})`);
          await record(tx, caller, 'repository.checkOut', entry, { version: held.latestVersion });
          return privateId;
        })
        .catch(refuseDuplicate(entry.name));
      return reading.get(caller, copy);
    },

    /**
     * Makes the private copy the newest version of its public file and ends the check-out; the copy leaves the private
     * workspace. A private file that is new moves to the same path of the public one, with the folders that it needs.
     *
     * @param id of the copy, or of the public file it was checked out from
     * @throws notFound; forbidden; duplicate when the path is taken in the public workspace; conflict
     */
    async checkIn(caller: Caller, id: number, comment: string): Promise<Entry> {
      const copy = await copyOf(caller, id);
      if (copy.ownerId !== caller.userId) throw error('forbidden', 'A private file is checked in by its owner.');
      const publicId = copy.checkedOutFrom;
      if (publicId === null) return checkInNew(caller, copy, comment);
      requireRight(caller, await reading.get(caller, publicId), 'checkIn');
      await database.transaction(async (tx) => {
        await lockStructure(tx, 'shared');
        await hold(tx, publicId);
        const held = await hold(tx, copy.id);
        const ended = await tx.first(
          sql`delete from repository_checkout where public_id = ${publicId} and private_id = ${copy.id} returning 1`,
        );
        if (!ended) throw error('conflict', `${copy.path} is not checked out any more.`);
        const target = { id: publicId, workspace: 'PUBLIC', contentType: copy.contentType } as const;
        const number = await saveContent(
          tx,
          target,
          held.sha256 === null ? undefined : await readContent(database, copy.id),
          {
            by: caller.userId,
            origin: 'CHECK_IN',
            comment,
            hasErrors: copy.hasErrors,
            manual: await manualOf(tx, copy.id, 0),
          },
        );
        await moveMetadata(tx, copy.id, { id: publicId, workspace: 'PUBLIC', ownerId: null }, caller.userId);
        await removeDraft(tx, copy.id);
        await record(tx, caller, 'repository.checkIn', { ...copy, id: publicId }, { version: number, comment });
      });
      return reading.get(caller, publicId);
    },

    /**
     * Gives the lock back. One's own check-out goes with its copy. Somebody else's, which takes a permission, leaves the
     * copy as a draft of its owner, for his work must not be lost.
     *
     * @param id of either side
     * @throws notFound; forbidden; conflict when it is not checked out
     */
    async undo(caller: Caller, id: number): Promise<Entry> {
      const entry = await reading.get(caller, id);
      const publicId = entry.checkedOutFrom ?? id;
      await database.transaction(async (tx) => {
        await hold(tx, publicId);
        const ended = await tx.first(
          sql<{ privateId: number; userId: number }>`delete from repository_checkout where public_id = ${publicId}
            returning private_id as "privateId", user_id as "userId"`,
        );
        if (!ended) throw error('conflict', `${entry.path} is not checked out.`);
        const own = ended.userId === caller.userId;
        if (!own && !mayForce(caller)) {
          throw error('forbidden', `${entry.path} is checked out by somebody else.`, {
            details: 'needed: repositorymanager.forceunlock or repositorymanager.cancelcheckout',
          });
        }
        if (own) await removeDraft(tx, ended.privateId);
        const action = own ? 'repository.undoCheckOut' : 'repository.forceUnlock';
        await record(tx, caller, action, { ...entry, id: publicId }, own ? {} : { userId: ended.userId });
      });
      return reading.get(caller, publicId);
    },
  };

  async function checkInNew(caller: Caller, draft: Entry, comment: string): Promise<Entry> {
    await database
      .transaction(async (tx) => {
        await lockStructure(tx, 'shared');
        const held = await hold(tx, draft.id);
        const folderId = await ensureFolder(tx, reading, caller, 'PUBLIC', splitPath(held.path).folder);
        requireRight(caller, await reading.get(caller, folderId), 'checkIn');
        // What a private file needed is noted under version 0; its first version takes it over.
        const manual = await manualOf(tx, draft.id, 0);
        await tx.all(sql`delete from repository_dependency where file_id = ${draft.id} and version_number = 0`);
        await tx.all(sql`delete from package_use where file_id = ${draft.id} and version_number = 0`);
        const moved = await tx.first(
          sql`update repository_entry set workspace = 'PUBLIC', owner_id = null, parent_id = ${folderId},
              path = (select path from repository_entry where id = ${folderId}) || '\\' || name
            where id = ${draft.id} and workspace = 'PRIVATE' returning 1`,
        );
        if (!moved) throw error('conflict', `${draft.path} is checked in already.`);
        await tx.all(sql`update repository_entry set workspace = 'PUBLIC', owner_id = null
          where parent_id = ${draft.id} and is_metadata`);
        await saveContent(
          tx,
          { id: draft.id, workspace: 'PUBLIC', contentType: draft.contentType },
          held.sha256 === null ? undefined : await readContent(database, draft.id),
          { by: caller.userId, origin: 'CHECK_IN', comment, hasErrors: draft.hasErrors, manual },
        );
        await record(tx, caller, 'repository.checkIn', draft, { version: 1, comment });
      })
      .catch(refuseDuplicate(draft.name));
    return reading.get(caller, draft.id);
  }
}

/** What people said that a version needs. */
export async function manualOf(tx: Transaction, fileId: number, number: number): Promise<string[]> {
  const rows = await tx.all(
    sql<{ path: string }>`select path from repository_dependency
      where file_id = ${fileId} and version_number = ${number} and kind = 'MANUAL'`,
  );
  return rows.map(({ path }) => path);
}

async function record(
  tx: Transaction,
  caller: Caller,
  action: string,
  entry: { readonly id: number; readonly path: string },
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await recordAudit(tx, {
    actor: actorOf(caller),
    action,
    subject: { type: 'repositoryEntry', id: entry.id, name: entry.path },
    details,
  });
  await announce(tx, 'repository-changed', '*');
}
