import { isBot, readPath } from './entry.ts';

/** What a bot's document says of other things. */
export interface Scan {
  /** Paths of the repository that it names, in lower case. */
  readonly references: readonly string[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly hasTriggers: boolean;
}

const NOTHING: Scan = { references: [], packages: [], hasTriggers: false };
/** More is a mistake or an attack. */
const MOST_REFERENCES = 5_000;
const MOST_PACKAGES = 1_000;
/** A path that is longer names nothing (names.ts). */
const LONGEST_PATH = 2_000;
const SCHEME = /^\s*repository:\/*/i;

/**
 * Reads the references of a bot: every text that is a `repository:///` address, wherever it stands. Commands that are
 * disabled count as well, for enabling one must not find its file gone.
 */
export function scanContent(entry: { readonly contentType: string }, bytes: Buffer): Scan {
  if (!isBot(entry) || bytes.length === 0) return NOTHING;
  return scanDocument(bytes.toString('utf8'));
}

export function scanDocument(text: string): Scan {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return NOTHING;
  }
  if (typeof document !== 'object' || document === null) return NOTHING;
  const { packages, triggers } = document as { packages?: unknown; triggers?: unknown };
  return {
    references: referencesIn(document),
    packages: Array.isArray(packages) ? readPackages(packages) : [],
    hasTriggers: Array.isArray(triggers) && triggers.length > 0,
  };
}

/** Without recursion: how deep a document is nested is its author's choice. */
function referencesIn(document: object): string[] {
  const found = new Set<string>();
  const open: unknown[] = [document];
  while (open.length > 0 && found.size < MOST_REFERENCES) {
    const value = open.pop();
    if (typeof value === 'string') {
      const path = SCHEME.test(value) ? readReference(value) : undefined;
      if (path !== undefined) found.add(path);
    } else if (typeof value === 'object' && value !== null) {
      for (const one of Array.isArray(value) ? value : Object.values(value)) open.push(one);
    }
  }
  return [...found];
}

function readReference(text: string): string | undefined {
  try {
    const path = readPath(decodeURIComponent(text.replace(SCHEME, '')).trim()).toLowerCase();
    return path === '' || path.includes('\0') || Buffer.byteLength(path) > LONGEST_PATH ? undefined : path;
  } catch {
    return undefined;
  }
}

function readPackages(list: readonly unknown[]): Scan['packages'] {
  const found = new Map<string, { name: string; version: string }>();
  for (const one of list.slice(0, MOST_PACKAGES)) {
    if (typeof one !== 'object' || one === null) continue;
    const { name, version } = one as { name?: unknown; version?: unknown };
    if (typeof name !== 'string' || typeof version !== 'string') continue;
    if (!isStorable(name, 255) || !isStorable(version, 100)) continue;
    found.set(`${name}\n${version}`, { name, version });
  }
  return [...found.values()];
}

function isStorable(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && !text.includes('\0');
}
