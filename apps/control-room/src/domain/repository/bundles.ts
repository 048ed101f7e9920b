import { createHash } from 'node:crypto';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { TASKBOT_TYPES } from './entry.ts';
import { scanDocument } from './scan.ts';
import { readLabel } from './versions.ts';

/** A bot with all the bots it calls, as a runner needs them: one fetch, and nothing changes under a running bot. */
export interface Bundle {
  readonly fileId: number;
  readonly path: string;
  /** Over all contents: another hash means another bundle. */
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

export interface BundleOptions {
  /** The bot's version with this label; the newest when empty or absent. */
  readonly label?: string | undefined;
}

/** Deeper or wider is a mistake, or an attack. */
const MOST_FILES = 500;

export function createBundles(database: Database, wakeUps: WakeUps) {
  const bundles: Remembered<Bundle | undefined> = remember(
    wakeUps,
    'repository-changed',
    (key) => {
      const [id = '', ...label] = key.split(':');
      return collect(database, Number(id), label.join(':'));
    },
    { most: 500 },
  );
  return {
    /**
     * Undefined when the file is gone, no bot, or no version has the label. Each sub-bot comes in the version with the same
     * label where it has one, else in its newest. A sub-bot that is missing is left out: the runner's check names it with its
     * line. Whose right it is to run the bot with all that it calls is the caller's question (`rights.require`).
     */
    get: (fileId: number, { label }: BundleOptions = {}): Promise<Bundle | undefined> =>
      bundles.get(`${fileId}:${readLabel(label)}`),

    /** Whether it is everybody's: what stands in a private workspace goes to nobody who only has its id. */
    isPublic: async (fileId: number): Promise<boolean> => {
      const row = await database.first(
        sql`select 1 from repository_entry where id = ${fileId} and workspace = 'PUBLIC' and not is_folder`,
      );
      return row !== undefined;
    },

    /** The same as it is now, seen from inside the caller's transaction and not remembered. */
    read: (fileId: number, { label }: BundleOptions = {}): Promise<Bundle | undefined> =>
      collect(database, fileId, readLabel(label)),
  };
}

interface BotFile {
  readonly path: string;
  readonly content: string;
  readonly ownerId: number | null;
}

/** The content of the labelled version, or the present one: the row itself, so that the newest needs no version at all. */
function select(label: string, fallBack: boolean, where: RawBuilder<SqlBool>): RawBuilder<BotFile> {
  const types = [...TASKBOT_TYPES];
  if (label === '') {
    return sql<BotFile>`select e.path, e.owner_id as "ownerId", convert_from(b.content, 'UTF8') as content
      from repository_entry e join blob b on b.sha256 = e.content_sha256 where e.content_type = any(${types}) and ${where}`;
  }
  return sql<BotFile>`select e.path, e.owner_id as "ownerId", convert_from(b.content, 'UTF8') as content from repository_entry e
    left join repository_label l on l.file_id = e.id and l.label = ${label}
    left join repository_version v on v.file_id = l.file_id and v.number = l.version_number
    join blob b on b.sha256 = ${fallBack ? sql`coalesce(v.content_sha256, e.content_sha256)` : sql`v.content_sha256`}
    where e.content_type = any(${types}) and ${where}`;
}

async function collect(connection: Connection, fileId: number, label: string): Promise<Bundle | undefined> {
  const main = await connection.first(select(label, false, sql<SqlBool>`e.id = ${fileId}`));
  if (!main) return undefined;
  const files = new Map([[main.path.toLowerCase(), main]]);
  let wanted = scanDocument(main.content).references.filter((path) => !files.has(path));
  while (wanted.length > 0 && files.size < MOST_FILES) {
    const found = await connection.all(
      select(label, true, sql<SqlBool>`lower(e.path) = any(${[...wanted]}) and ${within(main.ownerId)}`),
    );
    // A private bot means its owner's file where he has one at the path.
    for (const file of found.sort((a, b) => (a.ownerId ?? 0) - (b.ownerId ?? 0)))
      files.set(file.path.toLowerCase(), file);
    const next = found.flatMap(({ content }) => scanDocument(content).references);
    wanted = [...new Set(next)].filter((path) => !files.has(path));
  }
  const all = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const { path, content } of all) hash.update(path).update('\0').update(content).update('\0');
  return {
    fileId,
    path: main.path,
    hash: hash.digest('hex'),
    files: all.map(({ path, content }) => ({ path, content })),
  };
}

/** A public bot is never given what stands in a private workspace. */
function within(ownerId: number | null): RawBuilder<SqlBool> {
  return sql<SqlBool>`(e.workspace = 'PUBLIC' or e.owner_id = ${ownerId})`;
}
