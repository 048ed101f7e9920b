import { sql } from 'kysely';
import { keepBlob } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

/** The file of a package, as the vendor's packages are: nothing of it is run here. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** Names and versions become rows that others look up, and names of files. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._+()-]{0,99}$/u;
const LONGEST_FILE_NAME = 200;

/** The files of packages that imports brought, so that exports can take them along. */
export function createPackageArchives(database: Database) {
  return {
    /**
     * Keeps a package's file, and its version as one that is known. Belongs to the caller's transaction.
     *
     * @throws forbidden; invalid; conflict when another file is kept for that version, and neither may give way
     */
    async keep(
      caller: Caller,
      { name, version, fileName, bytes }: PackageFile,
      ifExisting: 'OVERWRITE' | 'SKIP' | 'ABORT',
    ): Promise<'KEPT' | 'LEFT'> {
      if (!caller.may('packagemanager.manage')) {
        throw error('forbidden', `${caller.username} may not bring packages.`, {
          details: 'needed: packagemanager.manage',
        });
      }
      if (!NAME.test(name) || !NAME.test(version) || fileName.length > LONGEST_FILE_NAME) {
        throw error('invalid', `"${name.slice(0, 100)}" ${version.slice(0, 100)} cannot be a package.`, {
          details: 'expected a name and a version of up to 100 letters, digits, blanks and . _ + ( ) -',
        });
      }
      return database.transaction(async (tx) => {
        const { sha256, size } = await keepBlob(tx, bytes);
        await tx.all(
          sql`insert into package_version (name, version) values (${name}, ${version}) on conflict do nothing`,
        );
        const there = await tx.first(
          sql<{ id: number; sha256: Buffer | null }>`select v.id, a.content_sha256 as sha256 from package_version v
            left join package_archive a on a.package_version_id = v.id where v.name = ${name} and v.version = ${version} for update of v`,
        );
        if (!there) throw new Error('The package version was not inserted.');
        if (there.sha256?.equals(sha256)) return 'LEFT';
        if (there.sha256 !== null && ifExisting === 'SKIP') return 'LEFT';
        if (there.sha256 !== null && ifExisting === 'ABORT')
          throw error('conflict', `The package ${name} ${version} exists already with another file.`);
        await tx.all(sql`insert into package_archive (package_version_id, file_name, content_sha256, content_size, imported_by)
          values (${there.id}, ${fileName}, ${sha256}, ${size}, ${caller.userId}) on conflict (package_version_id) do update set
            file_name = excluded.file_name, content_sha256 = excluded.content_sha256, content_size = excluded.content_size,
            imported_by = excluded.imported_by, imported_on = present()`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'package.import',
          subject: { type: 'packageVersion', id: there.id, name: `${name} ${version}` },
          details: { fileName, bytes: size, sha256: sha256.toString('hex'), replaced: there.sha256 !== null },
        });
        return 'KEPT';
      });
    },
  };
}
