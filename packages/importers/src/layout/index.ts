/** How archives of bots are laid out, without opening any: for whoever reads them by other means. */
export { pathKey, readEntryPath } from '../files/entry-path.ts';
export { ImportRefusal } from '../import-refusal.ts';
export { type Manifest, type ManifestFile, readDependencies, readManifest } from './manifest.ts';
export { botOfGitContent, folderOf, insideRepository, nameOf, underBots } from './repository-path.ts';
