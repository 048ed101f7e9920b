import { type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, readPath, splitPath, type Workspace } from './entry.ts';
import { insertMetadata } from './metadata.ts';
import { readContentType, refuseDuplicate, requireContent } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { ensureFolder, holdUnlocked, insertEntry, lockStructure } from './tree.ts';
import type { Workspaces } from './workspaces.ts';

/** A file that comes from elsewhere with its path. */
export interface ImportedFile {
  readonly workspace: Workspace;
  /** From `Automation Anywhere` on, with either separator. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly description?: string | undefined;
  /** Paths. */
  readonly manualDependencies?: readonly string[] | undefined;
  /** Path of the bot that this picture belongs to; it must be there. */
  readonly metadataFor?: string | undefined;
  readonly comment?: string | undefined;
}

export type IfExisting = 'OVERWRITE' | 'SKIP';

export interface Imported {
  readonly entry: Entry;
  readonly outcome: 'CREATED' | 'OVERWRITTEN' | 'SKIPPED';
}

/** Files with a path of their own, one after another in the caller's transaction. */
export function createImporting(database: Database, reading: Reading, workspaces: Workspaces) {
  /**
   * Puts a file at its path, with the folders that it needs.
   *
   * @throws invalid; forbidden; locked when the file is checked out; conflict when a folder stands there; notFound for the
   *   bot of a picture
   */
  return async function importFile(caller: Caller, file: ImportedFile, ifExisting: IfExisting): Promise<Imported> {
    if (file.workspace === 'PRIVATE') await workspaces.requirePrivate(caller);
    const contentType = readContentType(file.contentType);
    const path = readPath(file.path);
    const { folder, name } = splitPath(path);
    requireContent({ name, contentType }, file.bytes);
    const outcome = await database
      .transaction(async (tx) => {
        await lockStructure(tx, 'shared');
        const bot = file.metadataFor === undefined ? undefined : await requireBot(caller, file, file.metadataFor);
        const existing = bot
          ? await reading.find(
              caller,
              sql<SqlBool>`e.parent_id = ${bot.id} and e.is_metadata and lower(e.name) = ${name.toLowerCase()}`,
            )
          : await reading.atPath(caller, file.workspace, path);
        if (existing?.isFolder) throw error('conflict', `${existing.path} is a folder.`);
        if (existing && ifExisting === 'SKIP') return { id: existing.id, outcome: 'SKIPPED' } as const;
        if (existing) {
          requireRight(caller, existing, 'checkIn');
          await holdUnlocked(tx, existing);
        }
        const id = existing?.id ?? (await make(bot));
        if (existing) {
          await tx.all(sql`update repository_entry set content_type = ${contentType},
            description = coalesce(${file.description ?? null}::text, description) where id = ${id}`);
        }
        await saveContent(
          tx,
          { id, workspace: file.workspace, contentType, isMetadata: bot !== undefined },
          file.bytes,
          {
            by: caller.userId,
            origin: existing ? 'IMPORT' : 'CREATE',
            comment: file.comment ?? 'Imported',
            manual: file.manualDependencies?.map((one) => readPath(one).toLowerCase()),
          },
        );
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.import',
          subject: { type: 'repositoryEntry', id, name: path },
          details: { overwritten: existing !== undefined, workspace: file.workspace },
        });
        return { id, outcome: existing ? 'OVERWRITTEN' : 'CREATED' } as const;

        async function make(owner: Entry | undefined): Promise<number> {
          const { description = '' } = file;
          if (owner) return insertMetadata(tx, owner, { name, contentType, description }, caller.userId);
          const parentId = await ensureFolder(tx, reading, caller, file.workspace, folder);
          requireRight(caller, await reading.get(caller, parentId), 'checkIn');
          const ownerId = file.workspace === 'PUBLIC' ? null : caller.userId;
          const row = { workspace: file.workspace, ownerId, parentId, name, description, contentType, isFolder: false };
          return (await insertEntry(tx, row, caller.userId)).id;
        }
      })
      .catch(refuseDuplicate(name));
    return { entry: await reading.get(caller, outcome.id), outcome: outcome.outcome };
  };

  async function requireBot(caller: Caller, { workspace }: ImportedFile, path: string): Promise<Entry> {
    const bot = await reading.atPath(caller, workspace, path);
    if (!bot || bot.isFolder) throw error('notFound', `There is no bot at ${readPath(path).slice(0, 300)}.`);
    requireRight(caller, bot, 'checkIn');
    return bot;
  }
}
