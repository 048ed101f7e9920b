import { sql } from 'kysely';
import { type BlobReference, keepBlob } from '../../kernel/blobs.ts';
import type { Transaction } from '../../kernel/database/index.ts';
import { announce } from '../../kernel/wake-ups.ts';
import type { Workspace } from './entry.ts';
import { gone } from './names.ts';
import { type Scan, scanContent } from './scan.ts';

/** How a version came about. */
export type Origin = 'CREATE' | 'SAVE' | 'CHECK_IN' | 'RESTORE' | 'IMPORT' | 'COPY' | 'UPDATE_PACKAGES';

export interface Saving {
  readonly by: number;
  readonly origin: Origin;
  readonly hasErrors?: boolean;
  readonly comment?: string;
  /** Paths in lower case; those of the version before when absent. */
  readonly manual?: readonly string[] | undefined;
}

interface Target {
  readonly id: number;
  readonly workspace: Workspace;
  readonly contentType: string;
  readonly isMetadata?: boolean;
}

/**
 * Gives a file its content. A public one gets a new version with it; what the content refers to is read and kept beside
 * it, so that dependencies, parents and the use of packages are queries over indexes.
 *
 * @returns the number of the version, 0 for a private file
 */
export async function saveContent(
  tx: Transaction,
  file: Target,
  bytes: Buffer | undefined,
  saving: Saving,
): Promise<number> {
  const blob = bytes && (await keepBlob(tx, bytes));
  const scan = scanContent(file, bytes ?? Buffer.alloc(0));
  const versioned = file.workspace === 'PUBLIC' && file.isMetadata !== true;
  const row = await tx.first(
    sql<{
      number: number;
    }>`update repository_entry set content_sha256 = ${blob?.sha256 ?? null}, content_size = ${blob?.size ?? 0},
        has_errors = ${saving.hasErrors ?? false}, has_triggers = ${scan.hasTriggers}, scanned_sha256 = ${blob?.sha256 ?? null},
        latest_version = ${versioned ? sql`latest_version + 1` : sql`0`},
        updated_by = ${saving.by}, updated_on = present(), version = version + ${isFirst(saving.origin) ? 0 : 1}::int
      where id = ${file.id} returning latest_version as number`,
  );
  if (!row) throw gone(file.id);
  if (versioned) await insertVersion(tx, file.id, row.number, blob, saving);
  await keepScan(tx, file.id, row.number, scan, saving.manual);
  await announce(tx, 'repository-changed', '*');
  return row.number;
}

async function insertVersion(
  tx: Transaction,
  fileId: number,
  number: number,
  blob: BlobReference | undefined,
  { by, origin, comment = '', hasErrors = false }: Saving,
): Promise<void> {
  await tx.all(
    sql`insert into repository_version (file_id, number, content_sha256, content_size, has_errors, comment, origin, created_by)
      values (${fileId}, ${number}, ${blob?.sha256 ?? null}, ${blob?.size ?? 0}, ${hasErrors}, ${comment}, ${origin}, ${by})`,
  );
}

/** @param number 0 for the present content of a private file, which has no versions */
export async function keepScan(
  tx: Transaction,
  fileId: number,
  number: number,
  { references, packages }: Scan,
  manual?: readonly string[],
): Promise<void> {
  await tx.all(
    sql`delete from repository_dependency where file_id = ${fileId} and version_number = ${number} and kind = 'SCANNED'`,
  );
  await tx.all(sql`delete from package_use where file_id = ${fileId} and version_number = ${number}`);
  if (references.length > 0) {
    await tx.all(sql`insert into repository_dependency (file_id, version_number, kind, path)
      select ${fileId}, ${number}, 'SCANNED', p from unnest(${[...references]}::text[]) as p`);
  }
  if (manual !== undefined) await keepManual(tx, fileId, number, manual);
  else if (number > 1) {
    await tx.all(sql`insert into repository_dependency (file_id, version_number, kind, path)
      select file_id, ${number}, kind, path from repository_dependency
      where file_id = ${fileId} and version_number = ${number - 1} and kind = 'MANUAL' on conflict do nothing`);
  }
  if (packages.length > 0) {
    const [names, versions] = [packages.map(({ name }) => name), packages.map(({ version }) => version)];
    // Sorted, so that two saves which bring the same new packages do not wait for each other in a circle.
    await tx.all(sql`insert into package_version (name, version)
      select p.name, p.version from unnest(${names}::text[], ${versions}::text[]) as p (name, version)
      order by p.name, p.version on conflict do nothing`);
    await tx.all(sql`insert into package_use (package_version_id, file_id, version_number)
      select v.id, ${fileId}, ${number} from package_version v
      join unnest(${names}::text[], ${versions}::text[]) as p (name, version) on v.name = p.name and v.version = p.version`);
  }
}

/** Replaces what people said that a version needs. */
export async function keepManual(
  tx: Transaction,
  fileId: number,
  number: number,
  paths: readonly string[],
): Promise<void> {
  await tx.all(
    sql`delete from repository_dependency where file_id = ${fileId} and version_number = ${number} and kind = 'MANUAL'`,
  );
  if (paths.length === 0) return;
  await tx.all(sql`insert into repository_dependency (file_id, version_number, kind, path)
    select distinct ${fileId}::bigint, ${number}::int, 'MANUAL', p from unnest(${[...paths]}::text[]) as p`);
}

/** The content with which a file comes into being changes nothing that anybody has seen. */
function isFirst(origin: Origin): boolean {
  return origin === 'CREATE' || origin === 'COPY';
}
