import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { readPath, TASKBOT_TYPES } from './entry.ts';

/** A bot with all the bots it calls, as a runner needs them: one fetch, and nothing changes under a running bot. */
export interface Bundle {
  readonly fileId: number;
  readonly path: string;
  /** Over all contents: another hash means another bundle. */
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** Deeper or wider is a mistake, or an attack. */
const MOST_FILES = 500;

export function createBundles(database: Database, wakeUps: WakeUps) {
  let generation = 0;
  const bundles: Remembered<Bundle | undefined> = remember(
    wakeUps,
    'repository-changed',
    (key) => collect(database, Number(key.split(':')[1])),
    { most: 500 },
  );
  return {
    /** Undefined when the file is gone or no bot. A sub-bot that is missing is left out: the runner's check names it with its line. */
    get: (fileId: number): Promise<Bundle | undefined> => bundles.get(`${generation}:${fileId}`),

    /** The same as it is now, seen from inside the caller's transaction and not remembered. */
    read: (fileId: number): Promise<Bundle | undefined> => collect(database, fileId),

    /**
     * Something has been written here: from now on this server gives out nothing older, without waiting for the wake-up
     * that tells the other replicas. Whoever saves a bot and then adds an item sees the saved one run.
     */
    forget: (): void => {
      generation++;
    },
  };
}

async function collect(database: Database, fileId: number): Promise<Bundle | undefined> {
  const main = await database.first(
    sql<BotFile>`select e.path, convert_from(b.content, 'UTF8') as content from repository_entry e join blob b on b.sha256 = e.content_sha256 where e.id = ${fileId} and e.content_type = any(${[...TASKBOT_TYPES]})`,
  );
  if (!main) return undefined;
  const files = new Map([[main.path.toLowerCase(), main]]);
  let wanted = calledPaths(main.content);
  while (wanted.length > 0 && files.size < MOST_FILES) {
    const found = await database.all(
      sql<BotFile>`select e.path, convert_from(b.content, 'UTF8') as content from repository_entry e join blob b on b.sha256 = e.content_sha256
        where e.workspace = 'PUBLIC' and e.content_type = any(${[...TASKBOT_TYPES]}) and lower(e.path) = any(${wanted})`,
    );
    for (const file of found) files.set(file.path.toLowerCase(), file);
    wanted = [...new Set(found.flatMap(({ content }) => calledPaths(content)))].filter((path) => !files.has(path));
  }
  const all = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const { path, content } of all) hash.update(path).update('\0').update(content).update('\0');
  return { fileId, path: main.path, hash: hash.digest('hex'), files: all };
}

interface BotFile {
  readonly path: string;
  readonly content: string;
}

/** The `repository:///` references of a document, as lower-case paths. */
function calledPaths(content: string): string[] {
  const paths = [...content.matchAll(/"repository:\/\/\/([^"\\]+)"/g)].flatMap(([, reference]) => {
    try {
      return [readPath(decodeURIComponent(reference ?? '')).toLowerCase()];
    } catch {
      return [];
    }
  });
  return [...new Set(paths)];
}
