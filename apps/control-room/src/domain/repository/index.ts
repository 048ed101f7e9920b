import type { Problem } from '@signalbox/taskbot';
import { type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Bots } from '../bots/index.ts';
import type { Caller } from '../identity/index.ts';
import { type InterfaceVariable, readBotInterface } from './bot-interface.ts';
import { createBundles } from './bundles.ts';
import { catchUp } from './catch-up.ts';
import { createCheckouts } from './checkouts.ts';
import { createComparing } from './comparing.ts';
import { createCopying } from './copying.ts';
import { createDependencies } from './dependencies.ts';
import { createEntries, readContent } from './entries.ts';
import { API_TASK_TYPE, type Entry, isBot } from './entry.ts';
import { hasFlag } from './flags.ts';
import { createFolderRights } from './folder-rights.ts';
import { createImporting } from './importing.ts';
import { createLabels } from './labels.ts';
import { createMetadata } from './metadata.ts';
import { createMoving } from './moving.ts';
import { reachOf } from './reach.ts';
import { createReading } from './reading.ts';
import { createRecovering } from './recovering.ts';
import { createRemoving, type NameUsers } from './removing.ts';
import { createRights, requireRight } from './rights.ts';
import { createUpdatingPackages } from './updating-packages.ts';
import { createVersions } from './versions.ts';
import { createWorkspaces } from './workspaces.ts';

/** Bots and other files, in folders, with their versions. */
export function createRepository({ database, wakeUps }: Kernel, bots: Bots) {
  const bundles = createBundles(database, wakeUps);
  const reading = createReading(database);
  const entries = createEntries(database, reading);
  const workspaces = createWorkspaces(database);
  const checkouts = createCheckouts(database, reading, workspaces);
  const versions = createVersions(database, reading);
  const recovering = createRecovering(database, reading);
  const users = new Map<string, NameUsers>();
  async function check(entry: Entry): Promise<readonly Problem[]> {
    const bundle = await bundles.read(entry.id);
    return bundle === undefined ? [] : bots.check(bundle, targetOf(entry));
  }

  /** Says of a bot that cannot run that it cannot. */
  async function marked(caller: Caller, entry: Entry): Promise<Entry> {
    if (entry.hasErrors || !isBot(entry)) return entry;
    const problems = await check(entry);
    return problems.some(({ severity }) => severity === 'error') ? entries.markErrors(caller, entry.id) : entry;
  }

  return {
    entries: {
      ...entries,
      remove: createRemoving(database, reading, users),
      move: createMoving(database, reading),
      copy: createCopying(database, reading),
      importFile: createImporting(database, reading, workspaces),
      updatePackages: createUpdatingPackages(database, reading),
      listDeleted: recovering.listDeleted,
      recover: recovering.recover,
      /** At each start: the folders that must be there, and what an older server left unread. */
      async prepare(): Promise<void> {
        await entries.prepare();
        await catchUp(database);
      },
    },
    workspaces,
    bundles,
    rights: createRights(database, reading),
    /** For the lists of others over files: what a caller sees, as pieces of their statement. */
    reach: (caller: Caller) => reachOf(database, caller),
    checkouts: {
      ...checkouts,
      /** The same; it is checked among the public files, where something that it calls may be missing. */
      checkIn: async (caller: Caller, id: number, comment: string): Promise<Entry> =>
        marked(caller, await checkouts.checkIn(caller, id, comment)),
    },
    folderRights: createFolderRights(database, reading),
    versions: { ...versions, compare: createComparing(versions) },
    labels: createLabels(database, reading),
    dependencies: createDependencies(database, reading),
    metadata: createMetadata(database, reading),
    /**
     * Lets whoever refers to files say who needs one, for the refusal to delete it.
     *
     * @param reference the name of the foreign key
     */
    nameUsers: (reference: string, names: NameUsers): void => {
      users.set(reference, names);
    },
    /** What time alone brings about: deleted files are forgotten. */
    sweep: recovering.sweep,

    /**
     * Keeps the bytes as they came. A bot is checked; one with errors is kept all the same, for work that is not finished
     * must not be lost, and is marked.
     *
     * @param hasErrors what the caller says of it
     */
    async putContent(caller: Caller, fileId: number, bytes: Buffer, hasErrors: boolean): Promise<Entry> {
      return marked(caller, await entries.putContent(caller, fileId, bytes, hasErrors));
    },

    /**
     * What the checker says of a bot and of all that it calls. What it says of files that the caller may not see is left
     * out.
     *
     * @throws notFound; forbidden; invalid for what is no bot
     */
    async problems(caller: Caller, fileId: number): Promise<readonly Problem[]> {
      const entry = await entries.get(caller, fileId);
      if (!isBot(entry)) throw error('invalid', `${entry.path} is no bot.`);
      requireRight(caller, entry, 'viewContent');
      const problems = await check(entry);
      const paths = [...new Set(problems.map(({ botPath }) => botPath.replaceAll('/', '\\').toLowerCase()))];
      // A public bot calls public ones; a private file of the same path says nothing of whether its callers see them.
      const inside = entry.workspace === 'PUBLIC' ? sql<SqlBool>`e.workspace = 'PUBLIC'` : sql<SqlBool>`true`;
      const visible = await reading.all(caller, sql<SqlBool>`lower(e.path) = any(${paths}) and ${inside}`);
      const seen = new Set(
        visible.filter(({ rights }) => hasFlag(rights, 'viewContent')).map(({ path }) => path.toLowerCase()),
      );
      return problems.filter(({ botPath }) => seen.has(botPath.replaceAll('/', '\\').toLowerCase()));
    },

    /** Marks those bots that cannot run, such as after an import, when all that they call is there. */
    async markErrors(caller: Caller, fileIds: readonly number[]): Promise<void> {
      for (const id of fileIds) await marked(caller, await entries.get(caller, id));
    },

    /**
     * What a bot takes in and gives out: for whoever may look into it or run it.
     *
     * @throws notFound; forbidden; invalid for what is no bot
     */
    async botInterface(caller: Caller, fileId: number): Promise<InterfaceVariable[]> {
      const entry = await entries.get(caller, fileId);
      if (!hasFlag(entry.rights, 'run')) requireRight(caller, entry, 'viewContent');
      return readBotInterface(entry, await readContent(database, fileId));
    },
  };
}

/** An API Task runs in the server, everything else on a device. */
function targetOf({ contentType }: Entry): 'anywhere' | 'device' {
  return contentType === API_TASK_TYPE ? 'anywhere' : 'device';
}

export type Repository = ReturnType<typeof createRepository>;
export type { BotDifference } from './bot-difference.ts';
export type { InterfaceVariable } from './bot-interface.ts';
export type { Bundle, BundleOptions } from './bundles.ts';
export type { Comparison } from './comparing.ts';
export type { Dependency } from './dependencies.ts';
export {
  API_TASK_TYPE,
  type Entry,
  FOLDER_TYPE,
  type NewFile,
  readPath,
  TASKBOT_TYPES,
  type Workspace,
} from './entry.ts';
export { FOLDER_RIGHTS, type FolderRight, flagsOf } from './flags.ts';
export type { FolderEntry, RightsInFolder, RoleFolders } from './folder-rights.ts';
export type { IfExisting, Imported, ImportedFile } from './importing.ts';
export type { Move } from './moving.ts';
export type { Reach } from './reach.ts';
export type { DeletedFile } from './recovering.ts';
export { type EntryRights, rightsOn } from './rights.ts';
export type { PackageVersion } from './updating-packages.ts';
export type { Version } from './versions.ts';
export { PUBLIC_FOLDERS, type WorkspaceFolders } from './workspaces.ts';
