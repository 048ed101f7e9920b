import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Connection } from '../../../kernel/database/index.ts';
import { flagsOf, type Reach } from '../../repository/index.ts';
import type { ExportedFile, ExportedPackage, Need } from './exported-file.ts';

/** A version of a file; the newest without a number. */
export interface Picked {
  readonly id: number;
  readonly version?: number | undefined;
}

const MAY_VIEW = flagsOf(['viewContent']);

/** The files of these versions that the caller may look into. */
export function filesOf(connection: Connection, reach: Reach, picked: readonly Picked[]): Promise<ExportedFile[]> {
  const wanted = sql`unnest(${picked.map(({ id }) => id)}::bigint[], ${picked.map(({ version }) => version ?? null)}::int[]) as w (id, number)`;
  return select(connection, reach, sql`join ${wanted} on w.id = e.id`, sql`w.number`, sql<SqlBool>`true`);
}

/** The pictures of bots. They have no versions: they go with whichever is taken. */
export function metadataOf(connection: Connection, reach: Reach, bots: readonly number[]): Promise<ExportedFile[]> {
  return select(
    connection,
    reach,
    sql``,
    sql`null::int`,
    sql<SqlBool>`e.is_metadata and e.parent_id = any(${[...bots]})`,
  );
}

/**
 * What stands under paths, as somebody sees it who stands where `ownerId` says: a private file means its owner's, where
 * he has one there, else the public one; a public file never means a private one.
 *
 * @param label whoever has a version with it is taken in that
 */
export async function filesAt(
  connection: Connection,
  reach: Reach,
  {
    paths,
    ownerId,
    label,
  }: { readonly paths: readonly string[]; readonly ownerId: number | null; readonly label: string },
): Promise<ExportedFile[]> {
  const found = await select(
    connection,
    reach,
    sql`left join repository_label l on l.file_id = e.id and l.label = ${label}`,
    sql`l.version_number`,
    sql<SqlBool>`lower(e.path) = any(${[...paths]}) and not e.is_metadata and (e.workspace = 'PUBLIC' or e.owner_id = ${ownerId})`,
  );
  const nearest = new Map<string, ExportedFile>();
  for (const file of found.sort((a, b) => (a.ownerId ?? 0) - (b.ownerId ?? 0)))
    nearest.set(file.path.toLowerCase(), file);
  return [...nearest.values()];
}

function select(
  connection: Connection,
  reach: Reach,
  joins: RawBuilder<unknown>,
  number: RawBuilder<unknown>,
  where: RawBuilder<SqlBool>,
): Promise<ExportedFile[]> {
  return connection.all(
    sql<ExportedFile>`${reach.before ?? sql``} select e.id, coalesce(v.number, 0) as version, e.path, e.owner_id as "ownerId",
        e.content_type as "contentType", e.description, coalesce(e.parent_id, 0) as "parentId", e.is_metadata as "isMetadata",
        case when v.number is null then e.content_sha256 else v.content_sha256 end as sha256,
        coalesce(v.content_size, e.content_size) as size, coalesce(v.created_by, e.created_by) as "createdBy",
        coalesce(v.created_on, e.updated_on) as "updatedOn"
      from ${reach.source} ${joins}
      left join repository_version v on v.file_id = e.id and v.number = coalesce(${number}, e.latest_version)
      where ${reach.visible} and ${reach.rights} & ${MAY_VIEW}::int <> 0 and not e.is_folder and ${where} order by e.id`,
  );
}

export function needsOf(connection: Connection, files: readonly ExportedFile[]): Promise<Need[]> {
  return connection.all(
    sql<Need>`select d.file_id as "fileId", d.kind, d.path from repository_dependency d join ${versionsOf(files)}
      on d.file_id = w.id and d.version_number = w.number order by d.file_id, d.kind, d.path`,
  );
}

/** The packages that the files name, with their own files where an import brought them. */
export function packagesOf(
  connection: Connection,
  files: readonly ExportedFile[],
): Promise<(Omit<ExportedPackage, 'sha256'> & { readonly sha256: Buffer | null })[]> {
  return connection.all(
    sql`select distinct p.name, p.version, a.file_name as "fileName", a.content_sha256 as sha256, a.content_size as size
      from package_use u join ${versionsOf(files)} on u.file_id = w.id and u.version_number = w.number
      join package_version p on p.id = u.package_version_id left join package_archive a on a.package_version_id = p.id
      order by p.name, p.version`,
  );
}

function versionsOf(files: readonly ExportedFile[]): RawBuilder<unknown> {
  return sql`unnest(${files.map(({ id }) => id)}::bigint[], ${files.map(({ version }) => version)}::int[]) as w (id, number)`;
}
