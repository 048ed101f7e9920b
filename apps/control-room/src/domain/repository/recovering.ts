import { type SqlBool, sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, splitPath, type Workspace } from './entry.ts';
import { FLAGS } from './flags.ts';
import { refuseDuplicate } from './names.ts';
import { reachOf, seesEverything } from './reach.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { ensureFolder, inOrder, insertEntry, lockStructure } from './tree.ts';

/** How long a deleted file can be recovered. */
const KEPT_FOR = '30 days';

export interface DeletedFile {
  readonly id: number;
  readonly workspace: Workspace;
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  readonly size: number;
  readonly deletedBy: number;
  readonly deletedOn: Temporal.Instant;
  /** After that it is forgotten. */
  readonly keptUntil: Temporal.Instant;
}

const COLUMNS = sql`t.id, t.workspace, t.name, t.path, t.content_type as "contentType", t.content_size as size,
  t.deleted_by as "deletedBy", t.deleted_on as "deletedOn", t.deleted_on + ${KEPT_FOR}::interval as "keptUntil"`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`t.id` },
  name: { type: 'text', sql: sql`t.name` },
  path: { type: 'text', sql: sql`t.path` },
  type: { type: 'text', sql: sql`t.content_type` },
  deletedBy: { type: 'number', sql: sql`t.deleted_by` },
  deletedOn: { type: 'instant', sql: sql`t.deleted_on` },
  workspaceType: { type: 'text', sql: sql`t.workspace`, normalise: (word) => word.toUpperCase() },
};

/** What was deleted and can still be had back. */
export function createRecovering(database: Database, reading: Reading) {
  /**
   * One's own, and of the public workspace what one has deleted oneself or what stood in a folder that one may still delete
   * from. A folder that is gone as well is the administrator's to look into.
   */
  async function seen(caller: Caller) {
    const source = sql`repository_deleted t`;
    const own = sql`(t.workspace = 'PRIVATE' and t.owner_id = ${caller.userId})`;
    if (seesEverything(caller)) {
      return {
        before: undefined,
        source,
        visible: sql<SqlBool>`not t.is_metadata and (t.workspace = 'PUBLIC' or ${own})`,
      };
    }
    const reach = await reachOf(database, caller);
    const mayDeleteFrom = sql`t.parent_id in (select e.id from ${reach.source}
      where e.is_folder and e.workspace = 'PUBLIC' and ${reach.visible} and ${reach.rights} & ${FLAGS.delete}::int <> 0)`;
    const visible = sql<SqlBool>`not t.is_metadata and (${own}
      or (t.workspace = 'PUBLIC' and (t.deleted_by = ${caller.userId} or ${mayDeleteFrom})))`;
    return { before: reach.before, source, visible };
  }

  async function recoverOne(tx: Transaction, caller: Caller, file: DeletedFile): Promise<void> {
    const parentId = await ensureFolder(tx, reading, caller, file.workspace, splitPath(file.path).folder);
    requireRight(caller, await reading.get(caller, parentId), 'checkIn');
    const { id, workspace, name, contentType } = file;
    const ownerId = workspace === 'PUBLIC' ? null : caller.userId;
    await insertEntry(tx, { id, workspace, ownerId, parentId, name, contentType, isFolder: false }, caller.userId);
    await tx.all(sql`insert into repository_entry (id, workspace, owner_id, parent_id, name, path, is_folder, content_type, is_metadata)
      select t.id, t.workspace, t.owner_id, t.parent_id, t.name, t.path, false, t.content_type, true
      from repository_deleted t where t.parent_id = ${id} and t.is_metadata`);
    await tx.all(sql`update repository_entry e set description = t.description, content_sha256 = t.content_sha256,
        scanned_sha256 = t.content_sha256, content_size = t.content_size, has_errors = t.has_errors, has_triggers = t.has_triggers,
        latest_version = t.latest_version, created_by = t.created_by, created_on = t.created_on, version = t.version + 1
      from repository_deleted t where t.id = e.id and (t.id = ${id} or (t.parent_id = ${id} and t.is_metadata))`);
    await tx.all(sql`delete from repository_deleted where id = ${id} or (parent_id = ${id} and is_metadata)`);
    await recordAudit(tx, {
      actor: actorOf(caller),
      action: 'repository.recover',
      subject: { type: 'repositoryEntry', id, name: file.path },
    });
    await announce(tx, 'repository-changed', '*');
  }

  return {
    async listDeleted(caller: Caller, selection: Selection): Promise<Page<DeletedFile>> {
      return selectPage<DeletedFile>(
        database,
        { ...(await seen(caller)), columns: COLUMNS, fields: FIELDS, tiebreak: sql`t.id` },
        selection,
      );
    },

    /**
     * Puts deleted files back where they were, with their ids, versions, labels and pictures; folders that are gone are made
     * anew. All or none.
     *
     * @throws notFound; forbidden; duplicate when something else stands there by now
     */
    async recover(caller: Caller, ids: readonly number[]): Promise<Entry[]> {
      const { before, visible, source } = await seen(caller);
      await database.transaction(async (tx) => {
        await lockStructure(tx, 'shared');
        for (const id of inOrder(ids)) {
          const file = await tx.first(
            sql<DeletedFile>`${before ?? sql``} select ${COLUMNS} from ${source} where t.id = ${id} and ${visible} for update of t`,
          );
          if (!file) throw error('notFound', `There is no deleted file with the id ${id}.`);
          await recoverOne(tx, caller, file).catch(refuseDuplicate(file.name));
        }
      });
      return reading.all(caller, sql<SqlBool>`e.id = any(${[...ids]})`);
    },

    /** Forgets what was deleted long ago, with its versions. Answers how many files. */
    async sweep(): Promise<number> {
      return database.transaction(async (tx) => {
        const rows = await tx.all(
          sql<{ id: number }>`delete from repository_deleted where id in (
            select id from repository_deleted where deleted_on < present() - ${KEPT_FOR}::interval limit 1000 for update skip locked) returning id`,
        );
        const ids = rows.map(({ id }) => id);
        for (const table of ['repository_label', 'repository_version', 'repository_dependency', 'package_use'])
          await tx.all(sql`delete from ${sql.id(table)} where file_id = any(${ids})`);
        return ids.length;
      });
    },
  };
}
