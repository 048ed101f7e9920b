import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { leaveBlobs } from '../../kernel/blobs.ts';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { absent, COLUMNS, named, SOURCE, type TaskPackage } from './task-package.ts';

const LONGEST_NAME = 255;

/** Names what uses a package. Whoever does so stands above, and tells this part how. */
export type NameUsers = (tx: Transaction, packageId: string) => Promise<readonly string[]>;

/** Making, finding and deleting; what is in them comes by uploads. Several may have one name, as with the vendor. */
export function createStored(database: Database, users: readonly NameUsers[]) {
  return {
    list(caller: Pick<WorkspaceCaller, 'workspace'>): Promise<TaskPackage[]> {
      return database.all(
        sql<TaskPackage>`select ${COLUMNS} from ${SOURCE} where p.workspace_id = ${caller.workspace.id} order by p.id`,
      );
    },

    /** @throws notFound */
    async get(caller: Pick<WorkspaceCaller, 'workspace'>, id: string): Promise<TaskPackage> {
      const found = await database.first(
        sql<TaskPackage>`select ${COLUMNS} from ${SOURCE} where ${named(caller.workspace.id, id)}`,
      );
      if (!found) throw absent(id);
      return found;
    },

    /**
     * The same for whoever is about to refer to it in this transaction: until that is over nobody deletes it. Undefined when
     * it is not there.
     */
    hold(tx: Transaction, workspaceId: number, id: string): Promise<TaskPackage | undefined> {
      return tx.first(
        sql<TaskPackage>`select ${COLUMNS} from ${SOURCE} where ${named(workspaceId, id)} for key share of p`,
      );
    },

    /** Empty. */
    async create(caller: WorkspaceCaller, name: string): Promise<TaskPackage> {
      const trimmed = name.trim();
      if (trimmed === '' || trimmed.length > LONGEST_NAME) {
        throw error('invalid', 'The name of the task package cannot be used.', {
          details: `expected 1 to ${LONGEST_NAME} characters`,
        });
      }
      return database.transaction(async (tx) => {
        const id = randomUUIDv7();
        await tx.all(sql`insert into task_package (id, workspace_id, name, created_by, updated_by)
          values (${id}, ${caller.workspace.id}, ${trimmed}, ${caller.userId}, ${caller.userId})`);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'taskPackage.create',
          subject: { type: 'taskPackage', id, name: trimmed },
          details: { workspace: caller.workspace.uuid },
        });
        const made = await tx.first(sql<TaskPackage>`select ${COLUMNS} from ${SOURCE} where p.id = ${id}`);
        if (!made) throw new Error('The task package was not inserted.');
        return made;
      });
    },

    /** With all its versions; runs under way have theirs. @throws notFound; conflict, naming what uses it */
    async remove(caller: WorkspaceCaller, id: string): Promise<string> {
      return database.transaction(async (tx) => {
        const held = await tx.first(
          sql<{ id: string; name: string }>`select p.id, p.name from task_package p
            where ${named(caller.workspace.id, id)} for update`,
        );
        if (!held) throw absent(id);
        const names: string[] = [];
        for (const nameUsers of users) names.push(...(await nameUsers(tx, held.id)));
        if (names.length > 0) {
          throw error('conflict', `The task package "${held.name}" is used by ${names.slice(0, 5).join(', ')}.`, {
            details: 'give those another one first',
          });
        }
        const versions = await tx.all(
          sql<{
            sha256: Buffer;
          }>`delete from task_package_version where package_id = ${held.id} returning content_sha256 as sha256`,
        );
        await tx.all(sql`delete from task_package where id = ${held.id}`);
        await leaveBlobs(
          tx,
          versions.map(({ sha256 }) => sha256),
        );
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'taskPackage.delete',
          subject: { type: 'taskPackage', id: held.id, name: held.name },
          details: { workspace: caller.workspace.uuid, versions: versions.length },
        });
        return held.id;
      });
    },
  };
}
