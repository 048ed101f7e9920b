import type { Caller } from '../identity/index.ts';
import { type Entry, isRoot, TASKBOT_TYPES } from './entry.ts';

/** What a caller who sees an entry may do with it. */
export interface EntryRights {
  readonly view: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly run: boolean;
  readonly createFile: boolean;
  readonly createFolder: boolean;
}

export function rightsOn(entry: Entry, caller: Caller): EntryRights {
  const upload = caller.may('repositorymanager.upload');
  return {
    view: caller.may('repositorymanager.view'),
    edit: upload && !entry.isFolder,
    delete: caller.may('repositorymanager.delete') && !isRoot(entry),
    run: caller.may('repositorymanager.run') && TASKBOT_TYPES.includes(entry.contentType),
    createFile: upload && entry.isFolder,
    createFolder: caller.may('repositorymanager.createfolders') && entry.isFolder,
  };
}
