import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { readContent } from './entries.ts';
import { type Entry, isBot } from './entry.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { saveContent } from './saving.ts';
import { holdUnlocked, inOrder } from './tree.ts';

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

/** In one request, which is one transaction. */
const MOST_FILES = 500;

/** Puts other versions of packages into bots: the only thing of a bot that is changed without its editor. */
export function createUpdatingPackages(database: Database, reading: Reading) {
  /**
   * Bots that do not name the packages, or name these versions, stay as they are. All or none.
   *
   * @param downgrade whether a newer version may become an older one
   * @returns the bots that changed
   * @throws notFound; forbidden; invalid; locked
   */
  return async function updatePackages(
    caller: Caller,
    fileIds: readonly number[],
    packages: readonly PackageVersion[],
    { downgrade, comment }: { readonly downgrade: boolean; readonly comment: string },
  ): Promise<Entry[]> {
    const wanted = new Map(packages.map(({ name, version }) => [name, version]));
    if (wanted.size === 0) throw error('invalid', 'No package is named.', { details: 'expected names and versions' });
    const ids = inOrder(fileIds);
    if (ids.length > MOST_FILES) throw error('invalid', `${MOST_FILES} files are the most in one request.`);
    const bots: Entry[] = [];
    for (const id of ids) {
      const bot = await reading.get(caller, id);
      if (!isBot(bot)) throw error('invalid', `${bot.path} is no bot.`);
      requireRight(caller, bot, 'checkIn');
      bots.push(bot);
    }
    const changed: number[] = [];
    await database.transaction(async (tx) => {
      for (const bot of bots) {
        await holdUnlocked(tx, bot);
        const text = (await readContent(database, bot.id)).toString('utf8');
        const updated = withPackages(text, wanted, downgrade);
        if (updated === undefined) continue;
        await saveContent(tx, bot, Buffer.from(updated), {
          by: caller.userId,
          origin: 'UPDATE_PACKAGES',
          comment,
          hasErrors: bot.hasErrors,
        });
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.updatePackages',
          subject: { type: 'repositoryEntry', id: bot.id, name: bot.path },
          details: { packages: [...wanted].map(([name, version]) => `${name} ${version}`) },
        });
        changed.push(bot.id);
      }
    });
    return Promise.all(changed.map((id) => reading.get(caller, id)));
  };
}

/**
 * The document with other versions in `packages`; undefined when nothing changes. Numbers go through as they were
 * written, for a bot may hold larger ones than JavaScript can.
 */
export function withPackages(
  text: string,
  wanted: ReadonlyMap<string, string>,
  downgrade: boolean,
): string | undefined {
  const [mark, json] = text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];
  let changed = false;
  const document: unknown = JSON.parse(json, (_key, value: unknown, context: { source?: string } = {}) =>
    typeof value === 'number' && context.source !== undefined ? rawJson(context.source) : value,
  );
  const { packages } = document as { packages?: unknown };
  if (!Array.isArray(packages)) return undefined;
  for (const one of packages as { name?: unknown; version?: unknown }[]) {
    const version = typeof one?.name === 'string' ? wanted.get(one.name) : undefined;
    if (version === undefined || typeof one.version !== 'string' || one.version === version) continue;
    if (!downgrade && compareVersions(one.version, version) > 0) continue;
    one.version = version;
    changed = true;
  }
  return changed ? mark + JSON.stringify(document) : undefined;
}

/** ES2025; the library's types do not know it yet. */
function rawJson(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

/** `2.10.0-20240102-103000` is newer than `2.9.1`: number by number, as far as there are numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.\-_+]/));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [x = '', y = ''] = [left?.[at], right?.[at]];
    const [m, n] = [Number.parseInt(x, 10), Number.parseInt(y, 10)];
    const difference = Number.isNaN(m) || Number.isNaN(n) ? x.localeCompare(y) : m - n;
    if (difference !== 0) return difference;
  }
  return 0;
}
