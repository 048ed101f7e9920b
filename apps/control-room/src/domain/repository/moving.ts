import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, isRoot } from './entry.ts';
import { FLAGS } from './flags.ts';
import { refuseDuplicate, requireName, requireShort } from './names.ts';
import { reachOf } from './reach.ts';
import type { Reading } from './reading.ts';
import { requireNotNeeded } from './removing.ts';
import { requireRight } from './rights.ts';
import { holdUnlocked, lockStructure } from './tree.ts';

interface Inside {
  readonly id: number;
  readonly path: string;
  readonly isFolder: boolean;
  readonly lockedBy: number | null;
}

export interface Move {
  readonly parentId?: number | undefined;
  readonly name?: string | undefined;
}

/**
 * Moving and renaming. Bots name one another by path, and their texts are not rewritten: what others refer to stays where
 * it is until they do not.
 */
export function createMoving(database: Database, reading: Reading) {
  /**
   * Gives a file or folder another parent, another name, or both; a folder goes with all that is in it.
   *
   * @throws notFound; forbidden; invalid across workspaces or into itself; duplicate; locked; conflict for a root or what
   *   others need
   */
  return async function move(caller: Caller, id: number, { parentId, name: given }: Move): Promise<Entry> {
    const entry = await reading.get(caller, id);
    const name = given ?? entry.name;
    if (isRoot(entry)) throw error('conflict', 'The root folders stay where they are.');
    if (entry.isMetadata) throw error('conflict', `${entry.path} goes where its bot goes.`);
    if (parentId === undefined && given === undefined)
      throw error('invalid', 'Nothing is asked for.', { details: 'expected parentFolderId, name, or both' });
    requireName(name);
    const elsewhere = parentId !== undefined && parentId !== entry.parentId;
    requireRight(caller, entry, 'checkIn');
    if (elsewhere) requireRight(caller, entry, 'delete');
    const target = await reading.get(caller, parentId ?? entry.parentId);
    if (!target.isFolder) throw error('invalid', `${target.path} is a file, not a folder.`);
    if (elsewhere) requireRight(caller, target, 'checkIn');
    if (target.workspace !== entry.workspace || target.ownerId !== entry.ownerId) {
      throw error('invalid', 'Nothing moves from one workspace to another.', {
        details: 'check it in or out instead',
      });
    }
    await database
      .transaction(async (tx) => {
        await lockStructure(tx, 'exclusive');
        const held = await holdUnlocked(tx, entry);
        const inside = await everythingIn(tx, id);
        if (inside.some((one) => one.id === target.id))
          throw error('invalid', `${entry.path} cannot be moved into itself.`);
        await requireSeen(caller, entry, inside);
        const out = inside.find(({ lockedBy }) => lockedBy !== null);
        if (out) throw error('locked', `${out.path} is checked out.`);
        const folder = await tx.first(
          sql<{ path: string }>`select path from repository_entry where id = ${target.id} for update`,
        );
        if (!folder) throw error('notFound', `There is no folder with the id ${target.id}.`);
        const path = `${folder.path}\\${name}`;
        if (path === held.path) return;
        const files = inside.filter((one) => !one.isFolder);
        // Only another letter case: references find it as before.
        if (entry.workspace === 'PUBLIC' && path.toLowerCase() !== held.path.toLowerCase()) {
          const within = files.length === 1 && !entry.isFolder ? [id] : [];
          await requireNotNeeded(
            tx,
            reading,
            caller,
            entry,
            files.map((file) => file.path),
            within,
          );
        }
        for (const one of inside) requireShort(path + one.path.slice(held.path.length));
        // Metadata carries the path of its bot with "Metadata" behind it, so it follows by the same replacement.
        await tx.all(sql`with recursive inside (id) as (select ${id}::bigint union all
            select c.id from inside i join repository_entry c on c.parent_id = i.id)
          update repository_entry e set path = ${path} || substr(e.path, length(${held.path}::text) + 1)
          from inside i where e.id = i.id`);
        await tx.all(sql`update repository_entry set name = ${name}, parent_id = ${target.id},
          updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.move',
          subject: { type: 'repositoryEntry', id, name: entry.path },
          details: { to: path },
        });
        await announce(tx, 'repository-changed', '*');
      })
      .catch(refuseDuplicate(name));
    return reading.get(caller, id);
  };

  /** A folder is moved only by whoever may move all that is in it. */
  async function requireSeen(caller: Caller, entry: Entry, inside: readonly Inside[]): Promise<void> {
    if (!entry.isFolder || entry.workspace === 'PRIVATE') return;
    const ids = inside.map((one) => one.id);
    const reach = await reachOf(database, caller);
    const allowed = await database.first(
      sql<{ count: number }>`${reach.before ?? sql``} select count(*) from ${reach.source}
        where e.id = any(${ids}) and ${reach.visible} and ${reach.rights} & ${FLAGS.delete}::int <> 0`,
    );
    if (allowed?.count !== ids.length) {
      throw error('forbidden', `${entry.path} holds something that ${caller.username} may not move.`);
    }
  }
}

/** The entry itself and all below it, without metadata. */
async function everythingIn(tx: Transaction, id: number): Promise<Inside[]> {
  return tx.all(
    sql<Inside>`with recursive inside (id) as (select ${id}::bigint union all
        select c.id from inside i join repository_entry c on c.parent_id = i.id and not c.is_metadata)
      select e.id, e.path, e.is_folder as "isFolder", k.user_id as "lockedBy"
      from inside i join repository_entry e on e.id = i.id left join repository_checkout k on k.public_id = e.id`,
  );
}
