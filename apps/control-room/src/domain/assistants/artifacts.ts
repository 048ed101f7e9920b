import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { keepBlob, streamBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { sha256 } from '../../kernel/sealing.ts';
import { recordAudit } from '../audit/index.ts';
import type { Facts, Sent, Transfers } from '../transfers/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { absentRun, named } from './assistant.ts';

/** A file that the robot of an assistant has left behind. */
export interface AssistantArtifact {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly createdOn: Temporal.Instant;
}

/** Of one run. */
const MOST_FILES = 100;
const MOST_BYTES = 100 * 1024 * 1024;
const LONGEST_NAME = 255;
/** Files are sent before the end is told, or just after it. */
const AFTER_END_SECONDS = 3_600;

/** What runs of assistants leave behind, kept with them and forgotten with them. */
export function createAssistantArtifacts(database: Database, transfers: Transfers) {
  transfers.offer('assistantArtifact.upload', {
    mostBytes: MOST_BYTES,
    receive: (facts, { content }) => keep(facts, content),
  });
  transfers.offer('assistantArtifact.content', { mostBytes: 0, send: fetchContent });

  async function keep({ run, artifact, name }: Facts, content: Buffer): Promise<void> {
    await database.transaction(async (tx) => {
      const held = await tx.first(
        sql<{ userId: number; username: string | null }>`select r.user_id as "userId", u.username from assistant_run r
          left join app_user u on u.id = r.user_id where r.id = ${run}::uuid for update of r`,
      );
      if (!held) throw error('notFound', 'The run that this was for is no longer there.');
      const blob = await keepBlob(tx, content);
      const kept = await tx.first(
        sql<{
          count: number;
          bytes: number;
        }>`select count(*)::int as count, coalesce(sum(size), 0)::int8 as bytes from assistant_artifact
          where run_id = ${run}::uuid and id <> ${artifact}::uuid`,
      );
      if ((kept?.count ?? 0) >= MOST_FILES || (kept?.bytes ?? 0) + blob.size > MOST_BYTES) {
        throw error(
          'tooLarge',
          `The run of an assistant may leave ${MOST_FILES} files and ${MOST_BYTES} bytes behind.`,
        );
      }
      const made = await tx.first(
        sql`insert into assistant_artifact (id, run_id, name, size, content_sha256)
          values (${artifact}::uuid, ${run}::uuid, ${name}, ${blob.size}, ${blob.sha256}) on conflict (id) do nothing returning id`,
      );
      // Sent again, because the answer was lost.
      if (!made) return;
      await recordAudit(tx, {
        actor: { type: 'user', id: held.userId, name: held.username ?? '' },
        action: 'assistantRun.keepArtifact',
        subject: { type: 'assistantRun', id: String(run) },
        details: { name, size: blob.size },
      });
    });
  }

  async function fetchContent({ artifact }: Facts): Promise<Sent> {
    const row = await database.first(
      sql<{
        name: string;
        sha256: Buffer;
        size: number;
      }>`select name, content_sha256 as sha256, size from assistant_artifact
        where id = ${artifact}::uuid`,
    );
    if (!row) throw error('notFound', 'The file is no longer there.');
    return {
      content: streamBlob(database, row),
      type: 'application/octet-stream',
      fileName: row.name,
      size: row.size,
    };
  }

  return {
    /**
     * A file will come, by a ticket.
     *
     * @param key of the run, out of the address that its tool was given
     * @throws notFound when the key is none, or the run has been over for long
     */
    async announce(key: string, fileName: string): Promise<{ id: string; ticket: string }> {
      const run = await database.first(
        sql<{ id: string }>`select id from assistant_run where artifact_hash = ${sha256(key)}
          and (ended_on is null or ended_on > present() - make_interval(secs => ${AFTER_END_SECONDS}))`,
      );
      if (!run) throw error('notFound', 'This address leads nowhere, or no longer.');
      const name = lastPartOf(fileName);
      const id = randomUUIDv7();
      return { id, ticket: await transfers.ticketFor('assistantArtifact.upload', { run: run.id, artifact: id, name }) };
    },

    /** @throws notFound */
    async list(caller: WorkspaceCaller, runId: string): Promise<AssistantArtifact[]> {
      const run = await database.first(sql`select r.id from assistant_run r where ${named('r', caller, runId)}`);
      if (!run) throw absentRun(runId);
      return database.all(
        sql<AssistantArtifact>`select id, name, size, created_on as "createdOn" from assistant_artifact
          where run_id = ${readUuid(runId)}::uuid order by id`,
      );
    },

    contentTicket: (id: string): Promise<string> => transfers.ticketFor('assistantArtifact.content', { artifact: id }),
  };
}

/** Folders are not kept: the tools send names without them. @throws invalid */
function lastPartOf(fileName: string): string {
  const name = fileName.split(/[/\\]/).at(-1)?.trim() ?? '';
  if (name !== '' && name !== '.' && name !== '..' && name.length <= LONGEST_NAME) return name;
  throw error('invalid', 'The name of the file cannot be used.', {
    details: `expected 1 to ${LONGEST_NAME} characters`,
  });
}
