import { RobotRefusal, readRobotPackage } from '@signalbox/robots';
import { sql } from 'kysely';
import { keepBlob, leaveBlobs } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { sha256 } from '../../kernel/sealing.ts';
import { type Actor, recordAudit } from '../audit/index.ts';

/** How long a version that was replaced can still be fetched; a run that has it holds it longer. */
const REPLACED_DAYS = 30;

/** Each upload is a version. What was never a robot replaces nothing. */
export function createVersions(database: Database) {
  return {
    /**
     * @throws invalid with what is wrong when it is no robot; notFound when the package has gone
     */
    async add(
      packageId: string,
      content: Buffer,
      by: { readonly actor: Actor; readonly userId: number },
    ): Promise<void> {
      const tasks = await readTasks(content);
      await database.transaction(async (tx) => {
        const held = await tx.first(
          sql<{ name: string }>`select name from task_package where id = ${packageId}::uuid for update`,
        );
        if (!held) throw error('notFound', 'The task package that this was for is no longer there.');
        // A statement of its own: what was done while this one waited must be seen.
        const newest = await tx.first(
          sql<{ number: number; sha256: Buffer }>`select number, content_sha256 as sha256 from task_package_version
            where package_id = ${packageId}::uuid and replaced_on is null`,
        );
        // Sent again, because the answer was lost: it is what is there.
        if (newest?.sha256.equals(sha256(content))) return;
        const blob = await keepBlob(tx, content);
        const number = (newest?.number ?? 0) + 1;
        await tx.all(sql`update task_package_version set replaced_on = present()
          where package_id = ${packageId}::uuid and replaced_on is null`);
        await tx.all(sql`insert into task_package_version (package_id, number, content_sha256, content_size, tasks, created_by)
          values (${packageId}::uuid, ${number}, ${blob.sha256}, ${blob.size}, ${[...tasks]}::text[], ${by.userId})`);
        await tx.all(sql`update task_package set updated_by = ${by.userId}, updated_on = present(), version = version + 1
          where id = ${packageId}::uuid`);
        await recordAudit(tx, {
          actor: by.actor,
          action: 'taskPackage.upload',
          subject: { type: 'taskPackage', id: packageId, name: held.name },
          details: { number, bytes: blob.size, sha256: blob.sha256.toString('hex'), tasks: tasks.length },
        });
      });
    },

    /** A background duty: forgets what was replaced long ago. */
    async sweep(): Promise<void> {
      await database.transaction(async (tx) => {
        const gone = await tx.all(
          sql<{ sha256: Buffer }>`delete from task_package_version
            where replaced_on < present() - make_interval(days => ${REPLACED_DAYS}) returning content_sha256 as sha256`,
        );
        await leaveBlobs(
          tx,
          gone.map(({ sha256 }) => sha256),
        );
      });
    },
  };
}

async function readTasks(content: Buffer): Promise<readonly string[]> {
  try {
    return (await readRobotPackage(content)).tasks;
  } catch (cause) {
    if (!(cause instanceof RobotRefusal)) throw cause;
    throw error('invalid', cause.message, {
      details: 'expected a zip with robot.yaml in it; nothing was replaced',
      cause,
    });
  }
}
