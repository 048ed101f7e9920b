import { sql } from 'kysely';
import { readBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { TASKBOT_TYPES, type Workspace } from './entry.ts';
import { keepScan } from './saving.ts';
import { scanContent } from './scan.ts';

/**
 * During a rollout an older server saves bots without versions, dependencies and packages; before this version there were
 * none at all. Each start reads what is missing. Several replicas take different files.
 */
export async function catchUp(database: Database): Promise<void> {
  for (;;) {
    const done = await database.transaction(async (tx) => {
      const rows = await tx.all(
        sql<{ id: number; workspace: Workspace; contentType: string; sha256: Buffer | null; latest: number }>`
          select id, workspace, content_type as "contentType", content_sha256 as sha256, latest_version as latest from repository_entry
          where not is_folder and content_sha256 is distinct from scanned_sha256 and content_type = any(${[...TASKBOT_TYPES]})
          order by id limit 100 for update skip locked`,
      );
      for (const { id, workspace, contentType, sha256, latest } of rows) {
        const missed =
          workspace === 'PUBLIC'
            ? await tx.first(
                sql<{ number: number }>`insert into repository_version
                    (file_id, number, content_sha256, content_size, has_errors, origin, created_by, created_on)
                  select id, latest_version + 1, content_sha256, content_size, has_errors, 'SAVE', updated_by, updated_on
                  from repository_entry e where id = ${id} and not exists (select from repository_version v
                    where v.file_id = e.id and v.number = e.latest_version and v.content_sha256 is not distinct from e.content_sha256)
                  returning number`,
              )
            : undefined;
        const number = missed?.number ?? latest;
        const bytes = sha256 === null ? Buffer.alloc(0) : await readBlob(tx, sha256);
        const scan = scanContent({ contentType }, bytes);
        await keepScan(tx, id, number, scan);
        await tx.all(sql`update repository_entry set scanned_sha256 = content_sha256, latest_version = ${number},
          has_triggers = ${scan.hasTriggers} where id = ${id}`);
      }
      return rows.length < 100;
    });
    if (done) return;
  }
}
