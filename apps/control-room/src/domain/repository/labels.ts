import { sql } from 'kysely';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, PRODUCTION } from './entry.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { hold, inOrder } from './tree.ts';
import { readLabel } from './versions.ts';

/** Names of versions. A label stands at one version of a file; giving it to another takes it away from the first. */
export function createLabels(database: Database, reading: Reading) {
  async function requireLabelled(caller: Caller, fileId: number, label: string): Promise<Entry> {
    const entry = await reading.get(caller, fileId);
    if (entry.isFolder || entry.workspace !== 'PUBLIC' || entry.isMetadata)
      throw error('invalid', `${entry.path} has no versions.`, { details: 'files of the public workspace have' });
    if (label === PRODUCTION && !caller.may('repositorymanager.setproductionversion')) {
      throw error('forbidden', `${caller.username} may not say what runs in production.`, {
        details: 'needed: repositorymanager.setproductionversion',
      });
    }
    // Whoever sets the production version need not write bots.
    requireRight(caller, entry, label === PRODUCTION ? 'viewContent' : 'checkIn');
    return entry;
  }

  const labels = {
    /** @param number of the version; the newest when absent. @throws notFound; forbidden; invalid */
    async assign(caller: Caller, fileId: number, given: string, number?: number): Promise<Entry> {
      const label = requireLabel(given);
      const entry = await requireLabelled(caller, fileId, label);
      await database
        .transaction(async (tx) => {
          const held = await hold(tx, fileId);
          const version = number ?? held.latestVersion;
          await tx.all(sql`insert into repository_label (file_id, label, version_number, created_by)
            values (${fileId}, ${label}, ${version}, ${caller.userId}) on conflict (file_id, label)
            do update set version_number = excluded.version_number, created_by = excluded.created_by, created_on = present()`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'repository.assignLabel',
            subject: { type: 'repositoryEntry', id: fileId, name: entry.path },
            details: { label, version },
          });
          await announce(tx, 'repository-changed', '*');
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'repository_label_file_id_version_number_fkey') throw cause;
          throw error('notFound', `${entry.path} has no version ${number}.`);
        });
      return reading.get(caller, fileId);
    },

    /** @throws notFound, also for a label that no version has; forbidden */
    async remove(caller: Caller, fileId: number, given: string): Promise<Entry> {
      const label = requireLabel(given);
      const entry = await requireLabelled(caller, fileId, label);
      await database.transaction(async (tx) => {
        const removed = await tx.first(
          sql<{ version: number }>`delete from repository_label where file_id = ${fileId} and label = ${label}
            returning version_number as version`,
        );
        if (!removed) throw error('notFound', `No version of ${entry.path} has the label ${label}.`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.removeLabel',
          subject: { type: 'repositoryEntry', id: fileId, name: entry.path },
          details: { label, version: removed.version },
        });
        await announce(tx, 'repository-changed', '*');
      });
      return reading.get(caller, fileId);
    },

    /** The same for several files. All or none. @throws as `assign` */
    assignAll(caller: Caller, fileIds: readonly number[], label: string, number?: number): Promise<Entry[]> {
      return database.transaction(async () => {
        const files: Entry[] = [];
        for (const id of inOrder(fileIds)) files.push(await labels.assign(caller, id, label, number));
        return files;
      });
    },
  };
  return labels;
}

function requireLabel(text: string): string {
  const label = readLabel(text);
  if (/^[^\p{Cc},]{1,100}$/u.test(label)) return label;
  throw error('invalid', `"${text.slice(0, 100)}" cannot be a label.`, {
    details: 'expected 1 to 100 characters without a comma',
  });
}
