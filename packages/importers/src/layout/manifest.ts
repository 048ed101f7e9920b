import { readEntryPath } from '../files/entry-path.ts';
import { slashed } from './repository-path.ts';

/** `manifest.json` of a BLM export (contract bots §2). */
export interface Manifest {
  readonly files: readonly ManifestFile[];
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly archive: string | undefined;
  }[];
}

export interface ManifestFile {
  /** Where it lies in the archive, with slashes. */
  readonly path: string;
  /** Where it is to lie in the repository: `newPath` of an export that was relocated, else the same. */
  readonly repositoryPath: string;
  readonly contentType: string;
  readonly description: string;
  /** The bot that a recorder's picture belongs to. */
  readonly metadataFor: string | undefined;
  readonly manualDependencies: readonly string[];
  readonly scannedDependencies: readonly string[];
  readonly excluded: boolean;
}

/** Undefined when the text is JSON of something else: other programs call their files `manifest.json` too. */
export function readManifest(text: string): Manifest | undefined {
  const json = objectOf(parse(text));
  if (!Array.isArray(json?.files)) return undefined;
  return {
    files: json.files.flatMap((entry: unknown) => readFile(objectOf(entry)) ?? []),
    packages: listOf(json.packages).flatMap((entry) => {
      const one = objectOf(entry);
      const name = textOf(one?.name);
      return name === '' ? [] : [{ name, version: textOf(one?.version), archive: textOf(one?.path) || undefined }];
    }),
  };
}

function readFile(json: Readonly<Record<string, unknown>> | undefined): ManifestFile | undefined {
  const path = slashed(textOf(json?.path));
  if (json === undefined || path === '') return undefined;
  const moved = slashed(textOf(json.newPath));
  return {
    // Judged like the names of the archive: it decides where things go.
    path: readEntryPath(path),
    repositoryPath: readEntryPath(moved === '' ? path : moved),
    contentType: textOf(json.contentType),
    description: textOf(json.description),
    metadataFor: slashed(textOf(json.metadataForFile)) || undefined,
    manualDependencies: placesOf(json.manualDependenciesNewPaths, json.manualDependencies),
    scannedDependencies: placesOf(json.scannedDependenciesNewPaths, json.scannedDependencies),
    excluded: json.excluded === true,
  };
}

/** `dependencies.json` beside the content of a bot in Git. */
export function readDependencies(
  text: string,
): { readonly manualDependencies: readonly string[]; readonly scannedDependencies: readonly string[] } | undefined {
  const json = objectOf(parse(text));
  if (json === undefined) return undefined;
  return {
    manualDependencies: pathsOf(json.manualDependencies),
    scannedDependencies: pathsOf(json.scannedDependencies),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Readonly<Record<string, unknown>>) // neither null nor array: JSON has no other object
    : undefined;
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

function textOf(json: unknown): string {
  return typeof json === 'string' ? json : '';
}

/** Where they are to lie, in an export that was relocated, else where they lay. */
function placesOf(moved: unknown, old: unknown): string[] {
  const places = pathsOf(moved);
  return places.length > 0 ? places : pathsOf(old);
}

/** Dependencies are texts; some exports write objects with a `path` [inferred]. */
function pathsOf(json: unknown): string[] {
  return listOf(json)
    .map((one) => slashed(typeof one === 'string' ? one : textOf(objectOf(one)?.path)))
    .filter((path) => path !== '');
}
