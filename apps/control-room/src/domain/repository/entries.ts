import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { keepBlob, readBlob } from '../../kernel/blobs.ts';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

export type Workspace = 'PUBLIC' | 'PRIVATE';

/** A file or folder of the repository. Nothing that the caller may not see is ever handed out (contract a §5.1). */
export interface Entry {
  readonly id: number;
  readonly workspace: Workspace;
  readonly ownerId: number | null;
  /** 0 for a root. */
  readonly parentId: number;
  readonly name: string;
  /** Backslashes, with the name. */
  readonly path: string;
  readonly description: string;
  readonly isFolder: boolean;
  readonly contentType: string;
  readonly size: number;
  readonly folderCount: number;
  readonly hasErrors: boolean;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface NewFile {
  readonly name: string;
  readonly parentId: number;
  readonly contentType: string;
  readonly description?: string;
}

export const FOLDER_TYPE = 'application/vnd.aa.directory';
export const TASKBOT_TYPES: readonly string[] = [
  'application/vnd.aa.taskbot',
  'application/vnd.aa.taskbot+template',
  'application/vnd.aa.headlessbot',
];
const ROOT = 'Automation Anywhere';
const BOTS = 'Bots';

/** What a new bot holds before its first save. */
const EMPTY_BOT =
  '{"triggers":[],"nodes":[],"variables":[],"breakpoints":[],"packages":[],"migrationJournalReviewIds":[],"workItemTemplateName":null,"properties":{}}';

const COLUMNS = sql`e.id, e.workspace, e.owner_id as "ownerId", coalesce(e.parent_id, 0) as "parentId", e.name, e.path, e.description,
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

/** Either separator in, backslashes out. */
export function readPath(path: string): string {
  return path.replaceAll('/', '\\').replace(/^\\+|\\+$/g, '');
}

export function createEntries(database: Database) {
  const visible = (caller: Caller): RawBuilder<SqlBool> =>
    caller.may('repositorymanager.accessresourceany')
      ? sql<SqlBool>`true`
      : sql<SqlBool>`(e.workspace = 'PUBLIC' or e.owner_id = ${caller.userId})`;

  async function get(caller: Caller, id: number): Promise<Entry> {
    const entry = await database.first(
      sql<Entry>`select ${COLUMNS} from repository_entry e where e.id = ${id} and ${visible(caller)}`,
    );
    if (!entry) throw error('notFound', `There is no file or folder with the id ${id}.`);
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
    if (/[\\/:*?"<>|]/.test(values.name) || values.name.trim() !== values.name || values.name === '') {
      throw error('invalid', `"${values.name}" cannot be a name here.`, {
        details: 'expected no \\ / : * ? " < > | and no blank at either end',
      });
    }
    const id = await database
      .transaction(async (tx) => {
        const empty =
          !values.isFolder && TASKBOT_TYPES.includes(values.contentType)
            ? await keepBlob(tx, Buffer.from(EMPTY_BOT))
            : undefined;
        const row = await tx.first(
          sql<{ id: number }>`insert into repository_entry
            (workspace, owner_id, parent_id, name, path, description, is_folder, content_type, content_sha256, content_size, created_by, updated_by)
            values (${parent.workspace}, ${parent.ownerId}, ${parent.id}, ${values.name}, ${`${parent.path}\\${values.name}`}, ${values.description},
              ${values.isFolder}, ${values.contentType}, ${empty?.sha256 ?? null}, ${empty?.size ?? 0}, ${caller.userId}, ${caller.userId}) returning id`,
        );
        if (!row) throw new Error('The entry was not inserted.');
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: values.isFolder ? 'repository.createFolder' : 'repository.createFile',
          subject: { type: 'repositoryEntry', id: row.id, name: `${parent.path}\\${values.name}` },
        });
        await announce(tx, 'repository-changed', '*');
        return row.id;
      })
      .catch(refuseDuplicate(values.name));
    return get(caller, id);
  }

  return {
    get,

    /** The public root folders, made once; several replicas may try at the same time. */
    async prepare(): Promise<void> {
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into repository_entry (id, workspace, name, path, is_folder, content_type)
          overriding system value values (1, 'PUBLIC', ${ROOT}, ${ROOT}, true, ${FOLDER_TYPE}) on conflict do nothing`);
        await tx.all(sql`insert into repository_entry (id, workspace, parent_id, name, path, is_folder, content_type)
          overriding system value values (2, 'PUBLIC', 1, ${BOTS}, ${`${ROOT}\\${BOTS}`}, true, ${FOLDER_TYPE}) on conflict do nothing`);
        await tx.all(
          sql`select setval(pg_get_serial_sequence('repository_entry', 'id'), greatest(100, (select max(id) from repository_entry)))`,
        );
      });
    },

    /** Everything the caller sees. */
    list: (caller: Caller, selection: Selection) => page(selection, visible(caller)),

    /** What stands directly in a folder. */
    async listFolder(caller: Caller, folderId: number, selection: Selection): Promise<Page<Entry>> {
      const parent = await get(caller, folderId);
      if (!parent.isFolder) throw error('invalid', `${parent.path} is a file, not a folder.`);
      return page(selection, sql<SqlBool>`e.parent_id = ${parent.id}`);
    },

    /** All of a workspace, at any depth (contract a §5.3). */
    listWorkspace: (caller: Caller, workspace: Workspace, selection: Selection) =>
      page(
        selection,
        workspace === 'PUBLIC'
          ? sql<SqlBool>`e.workspace = 'PUBLIC'`
          : sql<SqlBool>`e.workspace = 'PRIVATE' and e.owner_id = ${caller.userId}`,
      ),

    async byPath(caller: Caller, path: string): Promise<Entry> {
      const wanted = readPath(path);
      const entry = await database.first(
        sql<Entry>`select ${COLUMNS} from repository_entry e where e.workspace = 'PUBLIC' and lower(e.path) = ${wanted.toLowerCase()} and ${visible(caller)}`,
      );
      if (!entry) throw error('notFound', `There is nothing at ${wanted}.`);
      return entry;
    },

    createFile: async (caller: Caller, file: NewFile): Promise<Entry> =>
      insert(caller, await get(caller, file.parentId), {
        name: file.name,
        contentType: file.contentType,
        isFolder: false,
        description: file.description ?? '',
      }),

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
        await tx.all(sql`update repository_entry set content_sha256 = ${blob.sha256}, content_size = ${blob.size}, has_errors = ${hasErrors},
            updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.putContent',
          subject: { type: 'repositoryEntry', id, name: entry.path },
          details: { size: blob.size },
        });
        await announce(tx, 'repository-changed', '*');
      });
      return get(caller, id);
    },

    /** Only empty folders are renamed (contract a §5.3). */
    async renameFolder(caller: Caller, id: number, name: string): Promise<Entry> {
      const entry = await get(caller, id);
      if (!entry.isFolder) throw error('invalid', `${entry.path} is a file, not a folder.`);
      if (entry.folderCount > 0)
        throw error('conflict', `The folder ${entry.path} is not empty.`, {
          details: 'only empty folders can be renamed',
        });
      if (entry.id <= 2) throw error('conflict', 'The root folders keep their names.');
      await database
        .transaction(async (tx) => {
          await tx.all(sql`update repository_entry set name = ${name}, path = ${entry.path.slice(0, -entry.name.length) + name},
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

    async remove(caller: Caller, id: number, kind: 'file' | 'folder'): Promise<void> {
      const entry = await get(caller, id);
      if (entry.isFolder !== (kind === 'folder'))
        throw error('invalid', `${entry.path} is a ${entry.isFolder ? 'folder' : 'file'}, not a ${kind}.`);
      if (entry.id <= 2) throw error('conflict', 'The root folders cannot be deleted.');
      if (entry.folderCount > 0)
        throw error('conflict', `The folder ${entry.path} is not empty.`, { details: 'delete what is in it first' });
      await database
        .transaction(async (tx) => {
          await tx.all(sql`delete from repository_entry where id = ${id}`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.delete',
            subject: { type: 'repositoryEntry', id, name: entry.path },
          });
          await announce(tx, 'repository-changed', '*');
        })
        .catch((cause) => {
          if (violatedConstraint(cause) === undefined) throw cause;
          throw error('conflict', `${entry.path} is used by a queue automation.`, {
            details: 'delete the automation first',
          });
        });
    },
  };
}

function requireJsonObject(entry: Entry, bytes: Buffer): void {
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
