import type { Kernel } from '../../kernel/kernel.ts';
import type { Caller } from '../identity/index.ts';
import { type InterfaceVariable, readBotInterface } from './bot-interface.ts';
import { createBundles } from './bundles.ts';
import { createEntries } from './entries.ts';
import { createWorkspaces } from './workspaces.ts';

/** Bots and other files, in folders. */
export function createRepository({ database, wakeUps }: Kernel) {
  const bundles = createBundles(database, wakeUps);
  const entries = createEntries(database, bundles.forget);
  return {
    entries,
    workspaces: createWorkspaces(database),
    bundles,

    /** What a bot takes in and gives out. @throws notFound; invalid for what is no bot */
    async botInterface(caller: Caller, fileId: number): Promise<InterfaceVariable[]> {
      const { entry, bytes } = await entries.content(caller, fileId);
      return readBotInterface(entry, bytes);
    },
  };
}

export type Repository = ReturnType<typeof createRepository>;
export type { InterfaceVariable } from './bot-interface.ts';
export type { Bundle } from './bundles.ts';
export { type Entry, FOLDER_TYPE, type NewFile, readPath, TASKBOT_TYPES, type Workspace } from './entry.ts';
export { type EntryRights, rightsOn } from './rights.ts';
export { PUBLIC_FOLDERS, type WorkspaceFolders } from './workspaces.ts';
