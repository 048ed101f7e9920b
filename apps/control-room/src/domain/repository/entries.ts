import { type SqlBool, sql } from 'kysely';
import { readBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Page, Selection } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import {
  BOTS,
  type Entry,
  FOLDER_TYPE,
  isBot,
  isRoot,
  type NewFile,
  PUBLIC_BOTS,
  PUBLIC_ROOT,
  ROOT,
  readPath,
  type Workspace,
} from './entry.ts';
import { readContentType, refuseDuplicate, requireContent, requireName, requireShort } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { hold, holdUnlocked, insertEntry, lockStructure } from './tree.ts';

/** What a new bot holds before its first save. */
export const EMPTY_BOT =
  '{"triggers":[],"nodes":[],"variables":[],"breakpoints":[],"packages":[],"migrationJournalReviewIds":[],"workItemTemplateName":null,"properties":{}}';

/** Files and folders: finding them, making them, and what is in them. */
export function createEntries(database: Database, reading: Reading) {
  const { get } = reading;

  return {
    get,

    /** The same, for a folder only. @throws notFound */
    async getFolder(caller: Caller, id: number): Promise<Entry> {
      const entry = await get(caller, id);
      if (!entry.isFolder) throw error('notFound', `There is no folder with the id ${id}; ${entry.path} is a file.`);
      return entry;
    },

    /** The public root folders, made once; several replicas may try at the same time. */
    async prepare(): Promise<void> {
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into repository_entry (id, workspace, name, path, is_folder, content_type)
          overriding system value values (${PUBLIC_ROOT}, 'PUBLIC', ${ROOT}, ${ROOT}, true, ${FOLDER_TYPE}) on conflict do nothing`);
        await tx.all(sql`insert into repository_entry (id, workspace, parent_id, name, path, is_folder, content_type)
          overriding system value values (${PUBLIC_BOTS}, 'PUBLIC', ${PUBLIC_ROOT}, ${BOTS}, ${`${ROOT}\\${BOTS}`}, true, ${FOLDER_TYPE}) on conflict do nothing`);
      });
    },

    /** Everything the caller sees. */
    list: (caller: Caller, selection: Selection): Promise<Page<Entry>> =>
      reading.page(caller, sql<SqlBool>`true`, selection),

    /** What stands directly in a folder. */
    async listFolder(caller: Caller, folderId: number, selection: Selection): Promise<Page<Entry>> {
      const parent = await get(caller, folderId);
      if (!parent.isFolder) throw error('invalid', `${parent.path} is a file, not a folder.`);
      return reading.page(caller, sql<SqlBool>`e.parent_id = ${parent.id}`, selection);
    },

    /** All of the public workspace, or of the caller's own private one, at any depth (contract a §5.3). */
    listWorkspace: (caller: Caller, workspace: Workspace, selection: Selection): Promise<Page<Entry>> =>
      reading.page(
        caller,
        workspace === 'PUBLIC'
          ? sql<SqlBool>`e.workspace = 'PUBLIC'`
          : sql<SqlBool>`(e.workspace = 'PRIVATE' and e.owner_id = ${caller.userId})`,
        selection,
      ),

    /** In the public workspace. @throws notFound */
    async byPath(caller: Caller, path: string): Promise<Entry> {
      const entry = await reading.atPath(caller, 'PUBLIC', path);
      if (!entry) throw error('notFound', `There is nothing at ${readPath(path)}.`);
      return entry;
    },

    /** A new bot holds the empty bot. @throws notFound without the folder; forbidden; duplicate; invalid */
    async createFile(caller: Caller, file: NewFile): Promise<Entry> {
      const parent = await get(caller, file.parentId);
      requireFolder(parent);
      requireRight(caller, parent, 'checkIn');
      const contentType = readContentType(file.contentType);
      const id = await database
        .transaction(async (tx) => {
          const { workspace, ownerId } = parent;
          const row = { workspace, ownerId, parentId: parent.id, name: file.name, contentType, isFolder: false };
          const made = await insertEntry(tx, { ...row, description: file.description ?? '' }, caller.userId);
          const content = isBot({ contentType }) ? Buffer.from(EMPTY_BOT) : undefined;
          await saveContent(tx, { id: made.id, workspace, contentType }, content, {
            by: caller.userId,
            origin: 'CREATE',
          });
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.createFile',
            subject: { type: 'repositoryEntry', id: made.id, name: made.path },
          });
          return made.id;
        })
        .catch(refuseDuplicate(file.name));
      return get(caller, id);
    },

    /** @throws notFound without the folder; forbidden; duplicate; invalid */
    async createFolder(caller: Caller, parentId: number, name: string, description = ''): Promise<Entry> {
      const parent = await get(caller, parentId);
      requireFolder(parent);
      requireRight(caller, parent, 'createFolder');
      const id = await database
        .transaction(async (tx) => {
          const { workspace, ownerId } = parent;
          const row = { workspace, ownerId, parentId, name, description, contentType: FOLDER_TYPE, isFolder: true };
          const made = await insertEntry(tx, row, caller.userId);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.createFolder',
            subject: { type: 'repositoryEntry', id: made.id, name: made.path },
          });
          await announce(tx, 'repository-changed', '*');
          return made.id;
        })
        .catch(refuseDuplicate(name));
      return get(caller, id);
    },

    /** @throws notFound; forbidden; invalid for a folder */
    async content(caller: Caller, id: number): Promise<{ entry: Entry; bytes: Buffer }> {
      const entry = await get(caller, id);
      if (entry.isFolder) throw error('invalid', `${entry.path} is a folder and has no content.`);
      requireRight(caller, entry, 'viewContent');
      return { entry, bytes: await readContent(database, id) };
    },

    /**
     * Keeps the bytes as they came: in the public workspace as a new version. A bot must be a JSON object.
     *
     * @throws notFound; forbidden; invalid; locked while it is checked out
     */
    async putContent(caller: Caller, id: number, bytes: Buffer, hasErrors: boolean): Promise<Entry> {
      const entry = await get(caller, id);
      if (entry.isFolder) throw error('invalid', `${entry.path} is a folder and takes no content.`);
      requireRight(caller, entry, 'checkIn');
      requireContent(entry, bytes);
      await database.transaction(async (tx) => {
        await holdUnlocked(tx, entry);
        const number = await saveContent(tx, entry, bytes, { by: caller.userId, origin: 'SAVE', hasErrors });
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.putContent',
          subject: { type: 'repositoryEntry', id, name: entry.path },
          details: { size: bytes.length, ...(number === 0 ? {} : { version: number }) },
        });
      });
      return get(caller, id);
    },

    /** The checker found that it cannot run. The version stays: nothing that anybody wrote has changed. */
    async markErrors(caller: Caller, id: number): Promise<Entry> {
      await database.transaction(async (tx) => {
        const held = await hold(tx, id);
        await tx.all(sql`update repository_entry set has_errors = true where id = ${id}`);
        await tx.all(
          sql`update repository_version set has_errors = true where file_id = ${id} and number = ${held.latestVersion}`,
        );
      });
      return get(caller, id);
    },

    /** Only empty folders are renamed (contract a §5.3): nothing refers to a path that is no longer there. */
    async renameFolder(caller: Caller, id: number, name: string): Promise<Entry> {
      const entry = await get(caller, id);
      if (!entry.isFolder) throw error('invalid', `${entry.path} is a file, not a folder.`);
      requireRight(caller, entry, 'createFolder');
      if (isRoot(entry)) throw error('conflict', 'The root folders keep their names.');
      requireName(name);
      await database
        .transaction(async (tx) => {
          await lockStructure(tx, 'exclusive');
          const held = await hold(tx, id);
          const child = await tx.first(sql`select 1 from repository_entry where parent_id = ${id} limit 1`);
          if (child) {
            throw error('conflict', `The folder ${entry.path} is not empty.`, {
              details: 'only empty folders can be renamed',
            });
          }
          const path = held.path.slice(0, -entry.name.length) + name;
          requireShort(path);
          await tx.all(sql`update repository_entry set name = ${name}, path = ${path},
            updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.renameFolder',
            subject: { type: 'repositoryEntry', id, name: entry.path },
            details: { to: name },
          });
        })
        .catch(refuseDuplicate(name));
      return get(caller, id);
    },
  };
}

/** The present content, whoever asks: the caller's right was looked at before. */
export async function readContent(database: Database, id: number): Promise<Buffer> {
  const row = await database.first(
    sql<{ sha256: Buffer | null }>`select content_sha256 as sha256 from repository_entry where id = ${id}`,
  );
  return row?.sha256 ? readBlob(database, row.sha256) : Buffer.alloc(0);
}

function requireFolder(entry: Entry): void {
  if (!entry.isFolder) throw error('invalid', `${entry.path} is a file, not a folder.`);
}
