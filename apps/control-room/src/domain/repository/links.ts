import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';
import { TASKBOT_TYPES } from './entry.ts';

/** Which file names which, whoever asks: what a caller hears of it is narrowed by those who use this. */
export interface Link {
  readonly parentId: number;
  readonly childId: number;
  readonly kind: 'SCANNED' | 'MANUAL';
}

/**
 * `p` needs `c`, by `d`. A private bot means its owner's file where he has one at the path, else the public one; a public bot
 * never means a private file.
 */
function linksOf(version: RawBuilder<SqlBool>): RawBuilder<unknown> {
  return sql`repository_entry p join repository_dependency d on d.file_id = p.id and ${version}
    join repository_entry c on lower(c.path) = d.path and not c.is_metadata and (
      (c.workspace = 'PRIVATE' and c.owner_id = p.owner_id) or (c.workspace = 'PUBLIC' and (p.workspace = 'PUBLIC' or not exists (
        select from repository_entry own where own.workspace = 'PRIVATE' and own.owner_id = p.owner_id and lower(own.path) = d.path))))`;
}

const NEWEST = sql<SqlBool>`d.version_number = p.latest_version`;
/** Those that may run. */
const NEWEST_OR_LABELLED = sql<SqlBool>`(${NEWEST} or exists (
  select from repository_label l where l.file_id = p.id and l.version_number = d.version_number))`;

/** In their newest versions. */
export const LINKS = linksOf(NEWEST);

/** The ids of all bots that a bot calls, and that those call, in their newest or a labelled version; with its own. */
export async function calledBots(connection: Connection, fileId: number): Promise<number[]> {
  const rows = await connection.all(
    sql<{ id: number }>`with recursive called (id) as (
        select ${fileId}::bigint
        union select c.id from called up, ${linksOf(NEWEST_OR_LABELLED)} where p.id = up.id and c.content_type = any(${[...TASKBOT_TYPES]})
      ) select id from called`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Who needs the public files under these paths, seen from a transaction that takes them away: newest and labelled versions
 * of other public files. Private drafts are their owners' business.
 *
 * @param inside ids that go as well, and so need nothing
 */
export function neededBy(
  connection: Connection,
  paths: readonly string[],
  inside: readonly number[],
): Promise<{ id: number; path: string; needs: string }[]> {
  return connection.all(
    sql`select distinct p.id, p.path, d.path as needs from repository_dependency d join repository_entry p on p.id = d.file_id
      where d.path = any(${[...paths]}) and p.workspace = 'PUBLIC' and not (p.id = any(${[...inside]}))
        and ${NEWEST_OR_LABELLED}
      order by p.path limit 20`,
  );
}
