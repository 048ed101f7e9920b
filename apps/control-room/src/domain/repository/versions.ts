import { sql } from 'kysely';
import { readBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Entry } from './entry.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { type Origin, saveContent } from './saving.ts';
import { holdUnlocked } from './tree.ts';

export interface Version {
  readonly fileId: number;
  readonly number: number;
  readonly origin: Origin;
  readonly comment: string;
  readonly size: number;
  /** SHA-256 of the content in hex; empty for a file without content. */
  readonly hash: string;
  readonly hasErrors: boolean;
  readonly labels: readonly string[];
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
}

const COLUMNS = sql`v.file_id as "fileId", v.number, v.origin, v.comment, v.content_size as size,
  coalesce(encode(v.content_sha256, 'hex'), '') as hash, v.has_errors as "hasErrors",
  array(select l.label from repository_label l where l.file_id = v.file_id and l.version_number = v.number order by l.label) as labels,
  v.created_by as "createdBy", v.created_on as "createdOn"`;

const FIELDS: Fields = {
  number: { type: 'number', sql: sql`v.number` },
  versionNumber: { type: 'number', sql: sql`v.number` },
  id: { type: 'number', sql: sql`v.number` },
  comment: { type: 'text', sql: sql`v.comment` },
  origin: { type: 'text', sql: sql`v.origin`, normalise: (word) => word.toUpperCase() },
  createdBy: { type: 'number', sql: sql`v.created_by` },
  createdOn: { type: 'instant', sql: sql`v.created_on` },
};

/** The history of public files. A version is never changed; an old one that is wanted again becomes a new one. */
export function createVersions(database: Database, reading: Reading) {
  /** A public file that the caller may look into. */
  async function requireVersioned(caller: Caller, fileId: number): Promise<Entry> {
    const entry = await reading.get(caller, fileId);
    if (entry.isFolder || entry.workspace !== 'PUBLIC' || entry.isMetadata)
      throw error('invalid', `${entry.path} has no versions.`, { details: 'files of the public workspace have' });
    requireRight(caller, entry, 'viewContent');
    return entry;
  }

  async function find(fileId: number, number: number): Promise<Version & { readonly sha256: Buffer | null }> {
    const version = await database.first(
      sql<Version & { readonly sha256: Buffer | null }>`select ${COLUMNS}, v.content_sha256 as sha256
        from repository_version v where v.file_id = ${fileId} and v.number = ${number}`,
    );
    if (!version) throw error('notFound', `The file ${fileId} has no version ${number}.`);
    return version;
  }

  async function content(
    caller: Caller,
    fileId: number,
    number: number,
  ): Promise<{ entry: Entry; version: Version; bytes: Buffer }> {
    const entry = await requireVersioned(caller, fileId);
    const { sha256, ...version } = await find(fileId, number);
    return { entry, version, bytes: sha256 === null ? Buffer.alloc(0) : await readBlob(database, sha256) };
  }

  return {
    content,

    /** Newest first unless asked otherwise. @throws notFound; forbidden; invalid */
    async list(caller: Caller, fileId: number, selection: Selection): Promise<Page<Version>> {
      const { id } = await requireVersioned(caller, fileId);
      return selectPage<Version>(
        database,
        {
          columns: COLUMNS,
          source: sql`repository_version v`,
          visible: sql`v.file_id = ${id}`,
          fields: FIELDS,
          tiebreak: sql`v.number`,
        },
        selection,
      );
    },

    /**
     * Which version a deployment runs.
     *
     * @param label empty or absent for the newest; compared without letter case
     * @throws notFound when the file is gone or no version of it has the label
     */
    async resolve(fileId: number, label?: string | undefined): Promise<Version> {
      const wanted = readLabel(label);
      const version = await database.first(
        sql<Version>`select ${COLUMNS} from repository_entry e join repository_version v on v.file_id = e.id and v.number = ${
          wanted === ''
            ? sql`e.latest_version`
            : sql`(select l.version_number from repository_label l where l.file_id = e.id and l.label = ${wanted})`
        } where e.id = ${fileId}`,
      );
      if (version) return version;
      throw error(
        'notFound',
        wanted === ''
          ? `There is no version of a file with the id ${fileId}.`
          : `No version of the file ${fileId} has the label ${wanted.slice(0, 100)}.`,
      );
    },

    /** Makes an old version the newest. @throws notFound; forbidden; locked */
    async restore(caller: Caller, fileId: number, number: number, comment: string): Promise<Entry> {
      const { entry, version, bytes } = await content(caller, fileId, number);
      requireRight(caller, entry, 'checkIn');
      await database.transaction(async (tx) => {
        await holdUnlocked(tx, entry);
        const made = await saveContent(tx, entry, version.hash === '' ? undefined : bytes, {
          by: caller.userId,
          origin: 'RESTORE',
          comment: comment === '' ? `Version ${number} again` : comment,
          hasErrors: version.hasErrors,
        });
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.restoreVersion',
          subject: { type: 'repositoryEntry', id: fileId, name: entry.path },
          details: { from: number, version: made },
        });
      });
      return reading.get(caller, fileId);
    },
  };
}

/** Labels are kept in capitals: `Production` is PRODUCTION. */
export function readLabel(label: string | undefined): string {
  return (label ?? '').trim().toUpperCase();
}
