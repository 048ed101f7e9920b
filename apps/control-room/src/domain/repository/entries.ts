import { isUtf8 } from 'node:buffer';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { keepBlob, readBlob } from '../../kernel/blobs.ts';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import {
  BOTS,
  type Entry,
  FOLDER_TYPE,
  isRoot,
  type NewFile,
  PUBLIC_BOTS,
  PUBLIC_ROOT,
  ROOT,
  readPath,
  TASKBOT_TYPES,
  type Workspace,
} from './entry.ts';
import { visibleTo } from './visibility.ts';

/** What a new bot holds before its first save. */
const EMPTY_BOT =
  '{"triggers":[],"nodes":[],"variables":[],"breakpoints":[],"packages":[],"migrationJournalReviewIds":[],"workItemTemplateName":null,"properties":{}}';

const COLUMNS = sql`e.id, e.workspace, e.owner_id as "ownerId",
  (select r.id from repository_entry r where coalesce(r.parent_id, 0) = 0 and coalesce(r.owner_id, 0) = coalesce(e.owner_id, 0)
    and lower(r.name) = ${ROOT.toLowerCase()}) as "workspaceId",
  coalesce(e.parent_id, 0) as "parentId", e.name, e.path, e.description,
  e.is_folder as "isFolder", e.content_type as "contentType", e.content_size as size,
  (select count(*) from repository_entry c where c.parent_id = e.id) as "folderCount", e.has_errors as "hasErrors",
  e.created_by as "createdBy", e.created_on as "createdOn", e.updated_by as "updatedBy", e.updated_on as "updatedOn", e.version`;

const folder = { type: 'boolean', sql: sql`e.is_folder` } as const;
const FIELDS: Fields = {
  id: { type: 'number', sql: sql`e.id` },
  parentId: { type: 'number', sql: sql`coalesce(e.parent_id, 0)` },
  name: { type: 'text', sql: sql`e.name` },
  fileName: { type: 'text', sql: sql`e.name` },
  path: { type: 'text', sql: sql`e.path`, normalise: readPath },
  description: { type: 'text', sql: sql`e.description` },
  type: { type: 'text', sql: sql`e.content_type` },
  folder,
  directory: folder,
  createdBy: { type: 'number', sql: sql`e.created_by` },
  lastModified: { type: 'instant', sql: sql`e.updated_on` },
  lastModifiedBy: { type: 'number', sql: sql`e.updated_by` },
  size: { type: 'number', sql: sql`e.content_size` },
  botStatus: { type: 'text', sql: sql`case when e.workspace = 'PUBLIC' then 'PUBLIC' else 'DRAFT' end` },
  workspaceType: { type: 'text', sql: sql`e.workspace`, normalise: (word) => word.toUpperCase() },
};

export function createEntries(database: Database, onChanged: () => void) {
  async function get(caller: Caller, id: number): Promise<Entry> {
    const entry = await database.first(
      sql<Entry>`select ${COLUMNS} from repository_entry e where e.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!entry) throw gone(id);
    return entry;
  }

  const page = (selection: Selection, where: RawBuilder<SqlBool>): Promise<Page<Entry>> =>
    selectPage<Entry>(
      database,
      { columns: COLUMNS, source: sql`repository_entry e`, visible: where, fields: FIELDS, tiebreak: sql`e.id` },
      selection,
    );

  function refuseDuplicate(name: string): (cause: unknown) => never {
    return (cause) => {
      if (violatedConstraint(cause) === 'repository_entry_name')
        throw error('duplicate', `There is something with the name "${name}" in that folder already.`);
      throw cause;
    };
  }

  async function insert(
    caller: Caller,
    parent: Entry,
    values: { name: string; contentType: string; isFolder: boolean; description: string },
  ): Promise<Entry> {
    if (!parent.isFolder) throw error('invalid', `${parent.path} is a file, not a folder.`);
    requireName(values.name);
    const id = await database
      .transaction(async (tx) => {
        // Holds the folder as it is until the commit: nobody renames or deletes it meanwhile.
        const folder = await tx.first(
          sql<{ path: string }>`select path from repository_entry where id = ${parent.id} for key share`,
        );
        if (!folder) throw gone(parent.id);
        const path = `${folder.path}\\${values.name}`;
        requireShort(path);
        const empty =
          !values.isFolder && TASKBOT_TYPES.includes(values.contentType)
            ? await keepBlob(tx, Buffer.from(EMPTY_BOT))
            : undefined;
        const row = await tx.first(
          sql<{ id: number }>`insert into repository_entry
            (workspace, owner_id, parent_id, name, path, description, is_folder, content_type, content_sha256, content_size, created_by, updated_by)
            values (${parent.workspace}, ${parent.ownerId}, ${parent.id}, ${values.name}, ${path}, ${values.description},
              ${values.isFolder}, ${values.contentType}, ${empty?.sha256 ?? null}, ${empty?.size ?? 0}, ${caller.userId}, ${caller.userId}) returning id`,
        );
        if (!row) throw new Error('The entry was not inserted.');
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: values.isFolder ? 'repository.createFolder' : 'repository.createFile',
          subject: { type: 'repositoryEntry', id: row.id, name: path },
        });
        await announce(tx, 'repository-changed', '*');
        return row.id;
      })
      .catch(refuseDuplicate(values.name));
    onChanged();
    return get(caller, id);
  }

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
    list: (caller: Caller, selection: Selection) => page(selection, visibleTo(caller)),

    /** What stands directly in a folder. */
    async listFolder(caller: Caller, folderId: number, selection: Selection): Promise<Page<Entry>> {
      const parent = await get(caller, folderId);
      if (!parent.isFolder) throw error('invalid', `${parent.path} is a file, not a folder.`);
      return page(selection, sql<SqlBool>`e.parent_id = ${parent.id}`);
    },

    /** All of the public workspace, or of the caller's own private one, at any depth (contract a §5.3). */
    listWorkspace: (caller: Caller, workspace: Workspace, selection: Selection) =>
      page(
        selection,
        workspace === 'PUBLIC'
          ? sql<SqlBool>`e.workspace = 'PUBLIC'`
          : sql<SqlBool>`(e.workspace = 'PRIVATE' and e.owner_id = ${caller.userId})`,
      ),

    async byPath(caller: Caller, path: string): Promise<Entry> {
      const wanted = readPath(path);
      const entry = await database.first(
        sql<Entry>`select ${COLUMNS} from repository_entry e where e.workspace = 'PUBLIC' and lower(e.path) = ${wanted.toLowerCase()} and ${visibleTo(caller)}`,
      );
      if (!entry) throw error('notFound', `There is nothing at ${wanted}.`);
      return entry;
    },

    /** A new bot holds the empty bot. @throws notFound without the folder; duplicate; invalid */
    async createFile(caller: Caller, file: NewFile): Promise<Entry> {
      const parent = await get(caller, file.parentId);
      return insert(caller, parent, {
        name: file.name,
        contentType: readContentType(file.contentType),
        isFolder: false,
        description: file.description ?? '',
      });
    },

    createFolder: async (caller: Caller, parentId: number, name: string, description = ''): Promise<Entry> =>
      insert(caller, await get(caller, parentId), { name, contentType: FOLDER_TYPE, isFolder: true, description }),

    async content(caller: Caller, id: number): Promise<{ entry: Entry; bytes: Buffer }> {
      const entry = await get(caller, id);
      if (entry.isFolder) throw error('invalid', `${entry.path} is a folder and has no content.`);
      const row = await database.first(
        sql<{ content_sha256: Buffer | null }>`select content_sha256 from repository_entry where id = ${id}`,
      );
      return { entry, bytes: row?.content_sha256 ? await readBlob(database, row.content_sha256) : Buffer.alloc(0) };
    },

    /** Keeps the bytes as they came. A bot must be a JSON object. */
    async putContent(caller: Caller, id: number, bytes: Buffer, hasErrors: boolean): Promise<Entry> {
      const entry = await get(caller, id);
      if (entry.isFolder) throw error('invalid', `${entry.path} is a folder and takes no content.`);
      if (TASKBOT_TYPES.includes(entry.contentType)) requireJsonObject(entry, bytes);
      await database.transaction(async (tx) => {
        const blob = await keepBlob(tx, bytes);
        const updated = await tx.first(
          sql`update repository_entry set content_sha256 = ${blob.sha256}, content_size = ${blob.size}, has_errors = ${hasErrors},
            updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id} returning id`,
        );
        if (!updated) throw gone(id);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.putContent',
          subject: { type: 'repositoryEntry', id, name: entry.path },
          details: { size: blob.size },
        });
        await announce(tx, 'repository-changed', '*');
      });
      onChanged();
      return get(caller, id);
    },

    /** The checker found that it cannot run. The version stays: nothing that anybody wrote has changed. */
    async markErrors(caller: Caller, id: number): Promise<Entry> {
      await database.all(sql`update repository_entry set has_errors = true where id = ${id}`);
      return get(caller, id);
    },

    /** Only empty folders are renamed (contract a §5.3): nothing refers to a path that is no longer there. */
    async renameFolder(caller: Caller, id: number, name: string): Promise<Entry> {
      const entry = await get(caller, id);
      if (!entry.isFolder) throw error('invalid', `${entry.path} is a file, not a folder.`);
      if (isRoot(entry)) throw error('conflict', 'The root folders keep their names.');
      requireName(name);
      await database
        .transaction(async (tx) => {
          const held = await tx.first(sql`select 1 from repository_entry where id = ${id} for update`);
          if (!held) throw gone(id);
          const child = await tx.first(sql`select 1 from repository_entry where parent_id = ${id} limit 1`);
          if (child) {
            throw error('conflict', `The folder ${entry.path} is not empty.`, {
              details: 'only empty folders can be renamed',
            });
          }
          const path = entry.path.slice(0, -entry.name.length) + name;
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

    /** @throws notFound; invalid for the other kind; conflict for a root, a folder with something in it, a bot in use */
    async remove(caller: Caller, id: number, kind: 'file' | 'folder'): Promise<void> {
      const entry = await get(caller, id);
      if (entry.isFolder !== (kind === 'folder'))
        throw error('invalid', `${entry.path} is a ${entry.isFolder ? 'folder' : 'file'}, not a ${kind}.`);
      if (isRoot(entry)) throw error('conflict', 'The root folders cannot be deleted.');
      await database
        .transaction(async (tx) => {
          const deleted = await tx.first(sql`delete from repository_entry where id = ${id} returning id`);
          if (!deleted) throw gone(id);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.delete',
            subject: { type: 'repositoryEntry', id, name: entry.path },
          });
          await announce(tx, 'repository-changed', '*');
        })
        .catch((cause) => {
          // What the entry is needed for is known to the database, also when it came about this very moment.
          const constraint = violatedConstraint(cause);
          if (constraint === undefined) throw cause;
          throw constraint === 'repository_entry_parent_id_fkey'
            ? error('conflict', `The folder ${entry.path} is not empty.`, { details: 'delete what is in it first' })
            : error('conflict', `${entry.path} is used ${USERS[constraint] ?? 'by something else'}.`, {
                details: 'delete that first',
              });
        });
      onChanged();
    },
  };
}

/** Who else refers to a file, by the name of the reference. */
const USERS: Readonly<Record<string, string>> = {
  queue_automation_file_id_fkey: 'by a queue automation',
  api_task_allocation_file_id_fkey: 'as an allocated API Task',
};

function gone(id: number): Error {
  return error('notFound', `There is no file or folder with the id ${id}.`);
}

function requireName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that are refused.
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(name) || name.trim() !== name || name === '' || name.length > LONGEST_NAME) {
    throw error('invalid', `"${name.slice(0, 100)}" cannot be a name here.`, {
      details: `expected up to ${LONGEST_NAME} characters, no \\ / : * ? " < > | and no blank at either end`,
    });
  }
}

const LONGEST_NAME = 255;
/** In bytes: a longer path does not fit into an index, and into no file system that a bot may be written to. */
const LONGEST_PATH = 2_000;

function requireShort(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH)
    throw error('invalid', `The path would be ${length} bytes long; ${LONGEST_PATH} is the most.`);
}

/** It goes out as a header later on, so it has to be one. */
function readContentType(text: string): string {
  const type = text.trim().toLowerCase();
  if (!/^[\w.+-]{1,100}\/[\w.+-]{1,150}$/.test(type)) {
    throw error('invalid', `"${text.slice(0, 100)}" is no content type.`, {
      details: 'expected one such as application/vnd.aa.taskbot or text/csv',
    });
  }
  if (type === FOLDER_TYPE) {
    throw error('invalid', 'A folder is not created as a file.', { details: 'POST /v2/repository/folders/{id}' });
  }
  return type;
}

function requireJsonObject(entry: Entry, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw error('invalid', `The content of ${entry.name} is not UTF-8.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw error('invalid', `The content of ${entry.name} is not JSON.`, {
      details: String((cause as Error).message).slice(0, 200),
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw error('invalid', `A bot is a JSON object; ${entry.name} would not be one.`);
}
