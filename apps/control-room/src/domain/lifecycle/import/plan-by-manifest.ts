import {
  ImportRefusal,
  type Manifest,
  type ManifestFile,
  nameOf,
  pathKey,
  readManifest,
} from '@signalbox/importers/layout';
import { error } from '../../../kernel/errors.ts';
import { LARGEST_MANIFEST } from '../limits.ts';
import { type ArchiveEntry, type Directory, quote } from './directory.ts';
import type { Plan, PlannedFile, PlannedPackage } from './plan.ts';

/**
 * What the manifest lists, and nothing else: what it does not list was not exported by whoever wrote it.
 *
 * @throws invalid when it cannot be read, or names what is not there
 */
export async function planByManifest(directory: Directory, entry: ArchiveEntry): Promise<Plan> {
  const manifest = await read(entry);
  const notices: string[] = [];
  const listed = new Set([pathKey(entry.path)]);
  const moved = new Map(manifest.files.map((file) => [pathKey(file.path), file.repositoryPath]));
  const files: PlannedFile[] = [];
  const pictures: PlannedFile[] = [];
  const excluded = new Set(manifest.files.filter((file) => file.excluded).map(({ path }) => pathKey(path)));
  for (const file of manifest.files) {
    listed.add(pathKey(file.path));
    const isPictureOfExcluded = file.metadataFor !== undefined && excluded.has(pathKey(file.metadataFor));
    if (file.excluded || isPictureOfExcluded || isFolder(file)) continue;
    (file.metadataFor === undefined ? files : pictures).push(planned(file, find(directory, file.path), moved));
  }
  const packages = manifest.packages.flatMap(({ name, version, archive }): PlannedPackage[] => {
    if (archive === undefined) return [];
    listed.add(pathKey(archive));
    return [{ entry: find(directory, archive), fileName: nameOf(archive), name, version }];
  });
  const others = [...directory].filter(([key]) => !listed.has(key)).map(([, { path }]) => path);
  if (others.length > 0)
    notices.push(`Not listed in the manifest, so not imported: ${others.slice(0, 20).join(', ')}.`);
  return { files: [...files, ...pictures], packages, notices };
}

async function read(entry: ArchiveEntry): Promise<Manifest> {
  if (entry.size > LARGEST_MANIFEST) throw error('invalid', 'The manifest is too large to be one of bots.');
  let manifest: Manifest | undefined;
  try {
    manifest = readManifest((await entry.read()).toString('utf8'));
  } catch (cause) {
    // A path of the manifest may climb as well as a name of the archive.
    if (cause instanceof ImportRefusal) throw error('invalid', cause.message);
    throw cause;
  }
  if (manifest) return manifest;
  throw error('invalid', 'The archive’s manifest.json is none of an export.', {
    details: 'expected JSON with a list named files',
  });
}

function find(directory: Directory, path: string): ArchiveEntry {
  const found = directory.get(pathKey(path.replaceAll('\\', '/')));
  if (!found) throw error('invalid', `The manifest names ${quote(path)}, but it is not in the archive.`);
  return found;
}

function planned(file: ManifestFile, entry: ArchiveEntry, moved: ReadonlyMap<string, string>): PlannedFile {
  const placeOf = (path: string): string => moved.get(pathKey(path)) ?? path;
  return {
    entry,
    path: file.repositoryPath,
    contentType: file.contentType || undefined,
    description: file.description,
    manualDependencies: file.manualDependencies.map(placeOf),
    metadataFor: file.metadataFor === undefined ? undefined : placeOf(file.metadataFor),
  };
}

function isFolder({ contentType }: ManifestFile): boolean {
  return /^application\/vnd\.aa\.(directory|folder)$/i.test(contentType);
}
