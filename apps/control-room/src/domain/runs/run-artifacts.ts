import { sql } from 'kysely';
import { keepBlob, readBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { recordAudit } from '../audit/index.ts';
import type { RunnerIdentity } from '../fleet/index.ts';
import type { HeldRun } from './run-claims.ts';

/** A file that a bot left in the folder of its run. */
export interface Artifact {
  /** `/` between folders. */
  readonly name: string;
  readonly size: number;
  readonly createdOn: Temporal.Instant;
}

export interface ArtifactLimits {
  /** Of one run. */
  readonly most: number;
  readonly mostBytes: number;
}

/** What deployed bots leave behind, kept with their runs and forgotten with them. */
export function createRunArtifacts(database: Database, { most, mostBytes }: ArtifactLimits) {
  return {
    /**
     * Takes a file from the device that has the run, or had it last: its bot has ended when its files are sent. The same
     * name again takes the place of the one before.
     *
     * @throws notFound for the run of another device or another claim; invalid for a name that is no path below a folder;
     *   tooLarge when the run has left enough
     */
    async keep(runner: RunnerIdentity, run: HeldRun, name: string, content: Buffer): Promise<void> {
      requireName(name);
      await database.transaction(async (tx) => {
        // The end of the run has raised its version by one; whatever comes after that was another claim.
        const held = await tx.first(
          sql`select 1 from run where id = ${run.id} and device_id = ${runner.deviceId} and version in (${run.version}, ${run.version + 1}) for update`,
        );
        if (!held) throw error('notFound', `This device has no run with the id ${run.id}.`);
        const kept = await tx.first(
          sql<{
            count: number;
            bytes: number;
          }>`select count(*)::int as count, coalesce(sum(size), 0)::int8 as bytes from run_artifact
            where run_id = ${run.id} and name <> ${name}`,
        );
        if ((kept?.count ?? 0) >= most || (kept?.bytes ?? 0) + content.length > mostBytes) {
          throw error('tooLarge', `A run may leave ${most} files and ${mostBytes} bytes behind.`);
        }
        const { sha256, size } = await keepBlob(tx, content);
        await tx.all(sql`insert into run_artifact (run_id, name, content_sha256, size) values (${run.id}, ${name}, ${sha256}, ${size})
          on conflict (run_id, name) do update set content_sha256 = excluded.content_sha256, size = excluded.size, created_on = present()`);
        await recordAudit(tx, {
          actor: { type: 'device', id: runner.deviceId, name: runner.hostName },
          action: 'run.keepArtifact',
          subject: { type: 'run', id: run.id },
          details: { name, size },
        });
      });
    },

    list(runId: string): Promise<Artifact[]> {
      return database.all(
        sql<Artifact>`select name, size, created_on as "createdOn" from run_artifact where run_id = ${runId} order by name`,
      );
    },

    /** @throws notFound */
    async read(runId: string, name: string): Promise<Buffer> {
      const row = await database.first(
        sql<{
          sha256: Buffer;
        }>`select content_sha256 as sha256 from run_artifact where run_id = ${runId} and name = ${name}`,
      );
      if (!row) throw error('notFound', `The run has left no file with the name ${name.slice(0, 255)}.`);
      return readBlob(database, row.sha256);
    },
  };
}

/** It becomes part of a path again on somebody else's disk. */
function requireName(name: string): void {
  const parts = name.split('/');
  const good =
    name.length <= 255 && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
  if (good) return;
  throw error('invalid', 'The name of the file cannot be used.', {
    details: 'expected at most 255 characters, with / between folders and without . and ..',
  });
}
