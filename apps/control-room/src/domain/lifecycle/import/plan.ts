import { pathKey } from '@signalbox/importers/layout';
import { error } from '../../../kernel/errors.ts';
import { type ArchiveEntry, quote } from './directory.ts';

/** What an archive is going to bring, found from its names and its manifest; nothing of it was unpacked yet. */
export interface Plan {
  /** Pictures of bots stand behind all bots. */
  readonly files: readonly PlannedFile[];
  readonly packages: readonly PlannedPackage[];
  readonly notices: readonly string[];
}

export interface PlannedFile {
  readonly entry: ArchiveEntry;
  /** In the repository, with slashes. */
  readonly path: string;
  /** Undefined where nobody says: its name and content tell. */
  readonly contentType: string | undefined;
  readonly description?: string | undefined;
  /** Paths; undefined where nobody says. */
  readonly manualDependencies?: readonly string[] | undefined;
  /** In the repository, the bot that this picture belongs to. */
  readonly metadataFor?: string | undefined;
}

export interface PlannedPackage {
  readonly entry: ArchiveEntry;
  readonly fileName: string;
  /** As the manifest says. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/** Two files of an archive may mean one place in the repository: then nobody knows which of them was meant. @throws invalid */
export function requireEachOnce(files: readonly PlannedFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(pathKey(path))) throw error('invalid', `The archive brings ${quote(path)} twice.`);
    seen.add(pathKey(path));
  }
}
