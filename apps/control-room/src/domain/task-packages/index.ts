import { sql } from 'kysely';
import { readBlob, streamBlob } from '../../kernel/blobs.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Actor } from '../audit/index.ts';
import type { Facts, Sent, Transfers } from '../transfers/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { createStored, type NameUsers } from './stored.ts';
import { COLUMNS, named, SOURCE, type TaskPackage } from './task-package.ts';
import { createVersions } from './versions.ts';

const MOST_BYTES = 256 * 1024 * 1024;

/** What a run of a robot begins with, and keeps to its end. */
export interface RunPackage {
  readonly id: string;
  readonly name: string;
  readonly sha256: Buffer;
  readonly tasks: readonly string[];
}

/** Robots, in the packages that they come in. */
export function createTaskPackages({ database }: Kernel, transfers: Transfers) {
  const users: NameUsers[] = [];
  const versions = createVersions(database);

  transfers.offer('taskPackage.upload', {
    mostBytes: MOST_BYTES,
    receive: ({ package: id, actor, userId }, { content }) =>
      // Both are as `uploadTicket` wrote them.
      versions.add(String(id), content, { actor: JSON.parse(String(actor)) as Actor, userId: Number(userId) }),
  });
  transfers.offer('taskPackage.content', { mostBytes: 0, send: fetchVersion });

  async function fetchVersion({ package: id, number }: Facts): Promise<Sent> {
    const row = await database.first(
      sql<{
        name: string;
        sha256: Buffer;
        size: number;
      }>`select p.name, v.content_sha256 as sha256, v.content_size as size
        from task_package p join task_package_version v on v.package_id = p.id where p.id = ${id}::uuid and v.number = ${number}::int`,
    );
    if (!row) throw error('notFound', 'This version of the task package is no longer there.');
    return {
      content: streamBlob(database, row),
      type: 'application/zip',
      fileName: `${row.name}.zip`,
      size: row.size,
    };
  }

  return {
    ...createStored(database, users),
    /** A background duty. */
    sweep: versions.sweep,

    /** Lets whoever refers to packages say so, for the refusal to delete one. */
    nameUsers: (names: NameUsers): void => {
      users.push(names);
    },

    /** The newest version; undefined when there is no such package, or nothing in it. */
    async forRun(workspaceId: number, packageId: string): Promise<RunPackage | undefined> {
      const found = await database.first(
        sql<TaskPackage>`select ${COLUMNS} from ${SOURCE} where ${named(workspaceId, packageId)}`,
      );
      if (!found?.sha256) return undefined;
      return { id: found.id, name: found.name, sha256: found.sha256, tasks: found.tasks };
    },

    /** The zip of a version, which may have been replaced since. @throws notFound */
    content: (sha256: Buffer): Promise<Buffer> => readBlob(database, sha256),

    /** Where a new version is sent. Whoever sends it, the record names who asked. */
    uploadTicket: (caller: WorkspaceCaller, { id }: Pick<TaskPackage, 'id'>): Promise<string> =>
      transfers.ticketFor('taskPackage.upload', {
        package: id,
        actor: JSON.stringify(caller.actor),
        userId: caller.userId,
      }),

    /** Where the present version is fetched; undefined while there is none. */
    contentTicket: ({ id, number }: Pick<TaskPackage, 'id' | 'number'>): Promise<string> | undefined =>
      number === null ? undefined : transfers.ticketFor('taskPackage.content', { package: id, number }),
  };
}

export type TaskPackages = ReturnType<typeof createTaskPackages>;
export type { NameUsers } from './stored.ts';
export type { TaskPackage } from './task-package.ts';
