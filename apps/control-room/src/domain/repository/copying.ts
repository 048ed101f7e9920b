import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { manualOf } from './checkouts.ts';
import { readContent } from './entries.ts';
import type { Entry } from './entry.ts';
import { copyMetadata } from './metadata.ts';
import { refuseDuplicate } from './names.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { hold, insertEntry, lockStructure } from './tree.ts';

/** Copying a file, also from one workspace to the other: it begins a life of its own, with its first version. */
export function createCopying(database: Database, reading: Reading) {
  /**
   * @param name the source's own when absent
   * @throws notFound; forbidden without the right to clone it or to put something into the folder; invalid; duplicate
   */
  return async function copy(caller: Caller, id: number, parentId: number, given?: string): Promise<Entry> {
    const source = await reading.get(caller, id);
    if (source.isFolder || source.isMetadata) throw error('invalid', `${source.path} is not copied on its own.`);
    const name = given ?? source.name;
    requireRight(caller, source, 'clone');
    requireRight(caller, source, 'viewContent');
    const parent = await reading.get(caller, parentId);
    if (!parent.isFolder) throw error('invalid', `${parent.path} is a file, not a folder.`);
    requireRight(caller, parent, 'checkIn');
    const made = await database
      .transaction(async (tx) => {
        await lockStructure(tx, 'shared');
        const held = await hold(tx, id);
        const { workspace, ownerId } = parent;
        const { contentType, description } = source;
        const row = await insertEntry(
          tx,
          { workspace, ownerId, parentId, name, description, contentType, isFolder: false },
          caller.userId,
        );
        await saveContent(
          tx,
          { id: row.id, workspace, contentType },
          held.sha256 === null ? undefined : await readContent(database, id),
          {
            by: caller.userId,
            origin: 'COPY',
            comment: `Copied from ${source.path}`,
            hasErrors: source.hasErrors,
            manual: await manualOf(tx, id, held.latestVersion),
          },
        );
        await copyMetadata(tx, id, { id: row.id, workspace, ownerId }, caller.userId);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.copy',
          subject: { type: 'repositoryEntry', id: row.id, name: row.path },
          details: { from: id },
        });
        return row.id;
      })
      .catch(refuseDuplicate(name));
    return reading.get(caller, made);
  };
}
