import { openZip } from '../files/open-zip.ts';
import type { ImportLimits } from '../limits.ts';
import type { PackageVersion } from '../opened-import.ts';

const LARGEST_DESCRIPTOR = 4_000_000;

/**
 * Name and version of a package file: from the `package.json` in it (contract bots §1.13), of which nothing is run.
 *
 * @throws ImportRefusal when it is no archive; Error when it describes no package
 */
export async function readPackageArchive(jar: Buffer, limits: ImportLimits): Promise<PackageVersion> {
  const archive = await openZip(jar, limits);
  try {
    const descriptor = archive.files.find(({ path }) => path === 'package.json');
    if (descriptor === undefined) throw new Error('Expected a package.json in the package file, but there is none');
    const json: unknown = JSON.parse((await descriptor.read(LARGEST_DESCRIPTOR)).toString('utf8'));
    const text = (key: string): string => {
      const value = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[key] : undefined;
      return typeof value === 'string' ? value : '';
    };
    if (text('name') === '')
      throw new Error('Expected a name in the package.json of the package file, but there is none');
    return { name: text('name'), version: text('packageVersion') };
  } finally {
    archive.close();
  }
}
