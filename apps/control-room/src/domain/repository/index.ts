import type { Problem } from '@signalbox/taskbot';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Bots } from '../bots/index.ts';
import type { Caller } from '../identity/index.ts';
import { type InterfaceVariable, readBotInterface } from './bot-interface.ts';
import { createBundles } from './bundles.ts';
import { createEntries } from './entries.ts';
import { API_TASK_TYPE, type Entry, TASKBOT_TYPES } from './entry.ts';
import { createWorkspaces } from './workspaces.ts';

/** Bots and other files, in folders. */
export function createRepository({ database, wakeUps }: Kernel, bots: Bots) {
  const bundles = createBundles(database, wakeUps);
  const entries = createEntries(database, bundles.forget);
  async function check(entry: Entry): Promise<readonly Problem[]> {
    const bundle = await bundles.read(entry.id);
    return bundle === undefined ? [] : bots.check(bundle, targetOf(entry));
  }

  return {
    entries,
    workspaces: createWorkspaces(database),
    bundles,

    /**
     * Keeps the bytes as they came. A bot is checked; one with errors is kept all the same, for work that is not finished
     * must not be lost, and is marked.
     *
     * @param hasErrors what the caller says of it
     */
    async putContent(caller: Caller, fileId: number, bytes: Buffer, hasErrors: boolean): Promise<Entry> {
      const saved = await entries.putContent(caller, fileId, bytes, hasErrors);
      if (hasErrors || !TASKBOT_TYPES.includes(saved.contentType)) return saved;
      const problems = await check(saved);
      if (!problems.some(({ severity }) => severity === 'error')) return saved;
      return entries.markErrors(caller, fileId);
    },

    /** What the checker says of a bot and of all that it calls. @throws notFound; invalid for what is no bot */
    async problems(caller: Caller, fileId: number): Promise<readonly Problem[]> {
      const entry = await entries.get(caller, fileId);
      if (!TASKBOT_TYPES.includes(entry.contentType)) throw error('invalid', `${entry.path} is no bot.`);
      return check(entry);
    },

    /** What a bot takes in and gives out. @throws notFound; invalid for what is no bot */
    async botInterface(caller: Caller, fileId: number): Promise<InterfaceVariable[]> {
      const { entry, bytes } = await entries.content(caller, fileId);
      return readBotInterface(entry, bytes);
    },
  };
}

/** An API Task runs in the server, everything else on a device. */
function targetOf({ contentType }: Entry): 'anywhere' | 'device' {
  return contentType === API_TASK_TYPE ? 'anywhere' : 'device';
}

export type Repository = ReturnType<typeof createRepository>;
export type { InterfaceVariable } from './bot-interface.ts';
export type { Bundle } from './bundles.ts';
export {
  API_TASK_TYPE,
  type Entry,
  FOLDER_TYPE,
  type NewFile,
  readPath,
  TASKBOT_TYPES,
  type Workspace,
} from './entry.ts';
export { type EntryRights, rightsOn } from './rights.ts';
export { PUBLIC_FOLDERS, type WorkspaceFolders } from './workspaces.ts';
