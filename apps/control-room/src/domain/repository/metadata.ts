import { type SqlBool, sql } from 'kysely';
import { readBlob } from '../../kernel/blobs.ts';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, readPath, splitPath, type Workspace } from './entry.ts';
import { readContentType, refuseDuplicate } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { holdUnlocked, insertEntry, lockStructure } from './tree.ts';

interface Owner {
  readonly id: number;
  readonly workspace: Workspace;
  readonly ownerId: number | null;
}

/**
 * Pictures that a recorder keeps beside a bot. They are entries whose parent is the bot, so that they have an id and are
 * filled like any file; they go with the bot wherever it goes, and have no versions: their names are unique ids.
 */
export function createMetadata(database: Database, reading: Reading) {
  return {
    /** @throws notFound; forbidden; invalid; duplicate; locked */
    async create(
      caller: Caller,
      botId: number,
      file: { readonly name: string; readonly contentType: string; readonly description?: string },
    ): Promise<Entry> {
      const bot = await reading.get(caller, botId);
      if (bot.isFolder || bot.isMetadata) throw error('invalid', `${bot.path} cannot have metadata.`);
      requireRight(caller, bot, 'checkIn');
      const contentType = readContentType(file.contentType);
      const id = await database
        .transaction(async (tx) => {
          await lockStructure(tx, 'shared');
          await holdUnlocked(tx, bot);
          const made = await insertMetadata(tx, bot, { ...file, contentType }, caller.userId);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.createMetadata',
            subject: { type: 'repositoryEntry', id: made, name: bot.path },
            details: { name: file.name },
          });
          return made;
        })
        .catch(refuseDuplicate(file.name));
      return reading.get(caller, id);
    },

    /** By its name, or by the path under which the bot knows it: only the last part counts. @throws notFound; forbidden */
    async content(caller: Caller, botId: number, path: string): Promise<{ entry: Entry; bytes: Buffer }> {
      const bot = await reading.get(caller, botId);
      requireRight(caller, bot, 'viewContent');
      const { name } = splitPath(readPath(path));
      const entry = await reading.find(
        caller,
        sql<SqlBool>`e.parent_id = ${botId} and e.is_metadata and lower(e.name) = ${name.toLowerCase()}`,
      );
      const row =
        entry &&
        (await database.first(
          sql<{ sha256: Buffer | null }>`select content_sha256 as sha256 from repository_entry where id = ${entry.id}`,
        ));
      if (!entry || !row) throw error('notFound', `${bot.path} has no metadata ${name.slice(0, 200)}.`);
      return { entry, bytes: row.sha256 === null ? Buffer.alloc(0) : await readBlob(database, row.sha256) };
    },

    /** All that belongs to a bot. @throws notFound; forbidden */
    async list(caller: Caller, botId: number): Promise<Entry[]> {
      const bot = await reading.get(caller, botId);
      requireRight(caller, bot, 'viewContent');
      return reading.all(caller, sql<SqlBool>`e.parent_id = ${botId} and e.is_metadata`);
    },
  };
}

export async function insertMetadata(
  tx: Transaction,
  bot: Owner,
  file: { readonly name: string; readonly contentType: string; readonly description?: string },
  by: number,
): Promise<number> {
  const { id: parentId, workspace, ownerId } = bot;
  const made = await insertEntry(tx, { ...file, parentId, workspace, ownerId, isFolder: false, isMetadata: true }, by);
  await saveContent(tx, { ...file, id: made.id, workspace, isMetadata: true }, undefined, { by, origin: 'CREATE' });
  return made.id;
}

/** Gives a bot the pictures of another; one of the same name takes the place of what was there. */
export async function copyMetadata(tx: Transaction, fromId: number, to: Owner, by: number): Promise<void> {
  await tx.all(sql`delete from repository_entry t using repository_entry s where t.parent_id = ${to.id} and t.is_metadata
    and s.parent_id = ${fromId} and s.is_metadata and lower(s.name) = lower(t.name)`);
  await tx.all(sql`insert into repository_entry (workspace, owner_id, parent_id, name, path, description, is_folder, content_type,
      content_sha256, scanned_sha256, content_size, is_metadata, created_by, updated_by)
    select ${to.workspace}, ${to.ownerId}, ${to.id}, s.name, t.path || 'Metadata\\' || s.name, s.description, false, s.content_type,
      s.content_sha256, s.scanned_sha256, s.content_size, true, ${by}, ${by}
    from repository_entry s, repository_entry t where s.parent_id = ${fromId} and s.is_metadata and t.id = ${to.id}`);
}

export async function moveMetadata(tx: Transaction, fromId: number, to: Owner, by: number): Promise<void> {
  await copyMetadata(tx, fromId, to, by);
  await tx.all(sql`delete from repository_entry where parent_id = ${fromId} and is_metadata`);
}
