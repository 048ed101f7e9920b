import type { Kernel } from '../../kernel/kernel.ts';
import { createBundles } from './bundles.ts';
import { createEntries } from './entries.ts';

/** Bots and other files, in folders. */
export function createRepository({ database, wakeUps }: Kernel) {
  return { entries: createEntries(database), bundles: createBundles(database, wakeUps) };
}

export type Repository = ReturnType<typeof createRepository>;
export type { Bundle } from './bundles.ts';
export { type Entry, FOLDER_TYPE, type NewFile, readPath, TASKBOT_TYPES, type Workspace } from './entries.ts';
