import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathKey } from './files/entry-path.ts';
import { readFile } from './files/open-folder.ts';
import { botOfGitContent, insideRepository } from './layout/repository-path.ts';
import { DEFAULT_IMPORT_LIMITS } from './limits.ts';
import { decodeText } from './text.ts';

/** The bots around one document or folder on the disk, found one by one as others call them. */
export interface BotsOnDisk {
  /** The text of a bot by its repository path; undefined when there is none. */
  find(path: string): Promise<string | undefined>;
}

/**
 * Finds the bots that a bot calls. Inside an unpacked repository (a folder `Automation Anywhere` is above) by their path.
 * Elsewhere in the given folder by as much of the path as is there: `Automation Anywhere/Bots/Demo/Child` is looked for
 * as that, as `Bots/Demo/Child`, `Demo/Child` and `Child`, each also with `.json` and as Git integration writes it.
 *
 * @param folder the folder that was named, or in which the named file lies
 */
export function botsOnDisk(folder: string): BotsOnDisk {
  const start = resolve(folder);
  const root = rootAbove(start);
  const listings = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const list = (path: string): Promise<ReadonlyMap<string, string>> => {
    const known = listings.get(path) ?? readNames(path);
    listings.set(path, known);
    return known;
  };
  /** The real path of what the segments name in any letter case. */
  const follow = async (from: string, segments: readonly string[]): Promise<string | undefined> => {
    let path = from;
    for (const segment of segments) {
      const name = (await list(path)).get(pathKey(segment));
      if (name === undefined) return undefined;
      path = join(path, name);
    }
    return path;
  };
  return {
    async find(path) {
      const segments = path.split('/').filter((segment) => segment !== '');
      const name = segments.at(-1);
      if (name === undefined || segments.some((segment) => segment === '..' || segment === '.')) return undefined;
      const starts = root === undefined ? segments.map((_, at) => segments.slice(at, -1)) : [segments.slice(0, -1)];
      for (const folders of starts) {
        for (const last of [[name], [`${name}.json`], [`bot_${name}`, 'content.json']]) {
          const file = await follow(root ?? start, [...folders, ...last]);
          if (file === undefined || !(await stat(file)).isFile()) continue;
          return decodeText(await readFile(file, file, DEFAULT_IMPORT_LIMITS.botBytes), file);
        }
      }
      return undefined;
    },
  };
}

/** The folder that holds `Automation Anywhere`, when the path lies in one. */
function rootAbove(path: string): string | undefined {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if (insideRepository(basename(at)) !== undefined) return dirname(at);
  }
  return undefined;
}

/** Where the bot of a file is in the repository; `Automation Anywhere/Bots/<name>` when its folders do not say. */
export function repositoryPathOf(file: string): string {
  const absolute = resolve(file).replaceAll('\\', '/');
  const bot = botOfGitContent(absolute) ?? absolute.replace(/\.json$/i, '');
  return insideRepository(bot) ?? `Automation Anywhere/Bots/${basename(bot)}`;
}

async function readNames(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.map((name) => [pathKey(name), name]));
}
