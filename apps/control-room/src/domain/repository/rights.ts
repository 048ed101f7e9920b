import { type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, isBot, isRoot } from './entry.ts';
import { type FolderRight, GENERAL, hasFlag } from './flags.ts';
import { calledBots } from './links.ts';
import { reachOf } from './reach.ts';
import type { Reading } from './reading.ts';

/** What a caller who sees an entry may do with it. */
export interface EntryRights {
  readonly view: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly run: boolean;
  readonly clone: boolean;
  readonly move: boolean;
  readonly createFile: boolean;
  readonly createFolder: boolean;
  /** Take a check-out back: one's own, or anybody's with the permission for it. */
  readonly cancelCheckout: boolean;
  readonly history: boolean;
  readonly label: boolean;
}

export function rightsOn(entry: Entry, caller: Caller): EntryRights {
  const has = (right: FolderRight) => hasFlag(entry.rights, right);
  const file = !entry.isFolder;
  const free = entry.lockedBy === 0;
  const versioned = file && entry.workspace === 'PUBLIC';
  return {
    view: has('viewContent'),
    edit: has('checkIn') && file && free,
    delete: has('delete') && !isRoot(entry) && free,
    run: has('run') && isBot(entry),
    clone: has('clone') && has('viewContent') && file,
    move: has('delete') && has('checkIn') && !isRoot(entry) && free,
    createFile: has('checkIn') && entry.isFolder,
    createFolder: has('createFolder') && entry.isFolder && caller.may('repositorymanager.createfolders'),
    cancelCheckout: mayCancelCheckout(entry, caller),
    history: versioned && has('viewContent'),
    label: versioned && has('checkIn'),
  };
}

export function mayCancelCheckout(entry: Entry, caller: Caller): boolean {
  if (entry.checkedOutFrom !== null) return entry.ownerId === caller.userId || mayForce(caller);
  return entry.lockedBy !== 0 && (entry.lockedBy === caller.userId || mayForce(caller));
}

export function mayForce(caller: Caller): boolean {
  return caller.may('repositorymanager.forceunlock') || caller.may('repositorymanager.cancelcheckout');
}

/** @throws forbidden */
export function requireRight(caller: Caller, entry: Entry, right: FolderRight): void {
  if (hasFlag(entry.rights, right)) return;
  const where = entry.workspace === 'PUBLIC' ? `, and the right ${right} on its folder` : '';
  throw error('forbidden', `${caller.username} may not do this with ${entry.path}.`, {
    details: `needed: ${GENERAL[right].join(' or ')}${where}`,
  });
}

export function createRights(database: Database, reading: Reading) {
  return {
    /**
     * The entry, if the caller sees it and has the right on it: what stands before every deployment, schedule and export.
     * To run or schedule a bot takes the right on every bot that it calls as well: whoever may write a bot in one folder could
     * otherwise run, and read on his own device, what stands in any other.
     *
     * @throws notFound for what is not there or not visible; forbidden without the right
     */
    async require(caller: Caller, fileId: number, right: FolderRight): Promise<Entry> {
      const entry = await reading.get(caller, fileId);
      requireRight(caller, entry, right);
      if (right === 'run' || right === 'schedule') await requireCalled(caller, entry, right);
      return entry;
    },
  };

  async function requireCalled(caller: Caller, entry: Entry, right: FolderRight): Promise<void> {
    const reach = await reachOf(database, caller);
    // Without rights on folders what holds for one public bot holds for all.
    if (reach.before === undefined) return;
    const called = await calledBots(database, entry.id);
    const allowed = await reading.all(caller, sql<SqlBool>`e.id = any(${called})`);
    if (allowed.filter(({ rights }) => hasFlag(rights, right)).length === called.length) return;
    // Which ones is not said: he may not see them.
    throw error('forbidden', `${entry.path} calls a bot on which ${caller.username} has no such right.`, {
      details: `needed: the right ${right} on every bot that it calls`,
    });
  }
}
