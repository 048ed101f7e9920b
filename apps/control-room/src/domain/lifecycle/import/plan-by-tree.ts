import {
  botOfGitContent,
  folderOf,
  insideRepository,
  nameOf,
  pathKey,
  readDependencies,
  underBots,
} from '@signalbox/importers/layout';
import { error } from '../../../kernel/errors.ts';
import { LARGEST_MANIFEST } from '../limits.ts';
import type { ArchiveEntry, Directory } from './directory.ts';
import type { Plan, PlannedFile, PlannedPackage } from './plan.ts';

const TASKBOT = 'application/vnd.aa.taskbot';

/**
 * An archive without a manifest (contract bots §1.1): what lies under `Automation Anywhere`, at whatever depth, goes where
 * it lies; a bot as Git integration writes it, wherever it lies.
 *
 * @throws invalid when nothing of it belongs into a repository
 */
export async function planByTree(directory: Directory): Promise<Plan> {
  const files: PlannedFile[] = [];
  const pictures: PlannedFile[] = [];
  const packages: PlannedPackage[] = [];
  const others: string[] = [];
  for (const entry of directory.values()) {
    const git = await gitFile(directory, entry);
    if (git === 'left out') continue;
    if (git) (git.metadataFor === undefined ? files : pictures).push(git);
    else {
      const path = insideRepository(entry.path);
      const bot = path && botOfPicture(directory, entry.path);
      if (path === undefined && /^[^/]+\.jar$/i.test(entry.path)) packages.push({ entry, fileName: entry.path });
      else if (path === undefined) others.push(entry.path);
      else if (bot) pictures.push({ entry, path, contentType: undefined, metadataFor: bot });
      else files.push({ entry, path, contentType: undefined });
    }
  }
  if (files.length === 0 && packages.length === 0) {
    throw error('invalid', 'The archive has neither a manifest nor files of a repository.', {
      details: 'expected manifest.json, or a folder Automation Anywhere',
    });
  }
  const notices =
    others.length > 0
      ? [`Not in a folder Automation Anywhere, so not imported: ${others.slice(0, 20).join(', ')}.`]
      : [];
  return { files: [...files, ...pictures], packages, notices };
}

/** `bot_<name>/content.json` with `dependencies.json` and `metadata/` beside it; undefined for any other file. */
async function gitFile(directory: Directory, entry: ArchiveEntry): Promise<PlannedFile | 'left out' | undefined> {
  const bot = botOfGitContent(entry.path);
  if (bot !== undefined) {
    const beside = directory.get(pathKey(`${folderOf(entry.path)}/dependencies.json`));
    const manualDependencies =
      beside && beside.size <= LARGEST_MANIFEST
        ? readDependencies((await beside.read()).toString('utf8'))?.manualDependencies
        : undefined;
    return { entry, path: placeOf(bot), contentType: TASKBOT, manualDependencies };
  }
  const [, folder, rest] = /^((?:.*\/)?bot_[^/]+)\/(dependencies\.json|metadata\/[^/]+)$/i.exec(entry.path) ?? [];
  const owner = folder === undefined ? undefined : botOfGitContent(`${folder}/content.json`);
  if (owner === undefined || !directory.has(pathKey(`${folder}/content.json`))) return undefined;
  if (!rest?.toLowerCase().startsWith('metadata/')) return 'left out';
  const place = placeOf(owner);
  return { entry, path: `${place}Metadata/${nameOf(entry.path)}`, contentType: undefined, metadataFor: place };
}

/** A recorder's pictures lie in `<Bot name>Metadata/` beside the bot. */
function botOfPicture(directory: Directory, path: string): string | undefined {
  const folder = folderOf(path);
  const bot = /.Metadata$/i.test(folder) ? folder.slice(0, -'Metadata'.length) : undefined;
  return bot !== undefined && directory.has(pathKey(bot)) ? insideRepository(bot) : undefined;
}

const placeOf = (path: string): string => insideRepository(path) ?? underBots(path);
