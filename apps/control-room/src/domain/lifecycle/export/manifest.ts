import type { Chosen, ExportedFile } from './exported-file.ts';

/** `manifest.json`, with all keys that the vendor's own exports have (contract a §7.5, bots §2). */
export function manifestOf({ files, needs, packages }: Chosen, usernames: ReadonlyMap<number, string>): string {
  const byId = new Map(files.map((file) => [file.id, file]));
  const entry = (file: ExportedFile) => {
    const { scanned = [], manual = [] } = needs.get(file.id) ?? {};
    return {
      path: file.path,
      newPath: null,
      contentType: file.contentType,
      metadataForFile: file.isMetadata ? (byId.get(file.parentId)?.path ?? null) : null,
      manualDependencies: manual,
      scannedDependencies: scanned,
      manualDependenciesNewPaths: [],
      scannedDependenciesNewPaths: [],
      excluded: false,
      description: file.description,
      author: usernames.get(file.createdBy) ?? '',
      tags: [],
    };
  };
  return JSON.stringify({
    files: files.map(entry),
    packages: packages.map(({ name, version, fileName }) => ({ name, version, path: fileName })),
  });
}
