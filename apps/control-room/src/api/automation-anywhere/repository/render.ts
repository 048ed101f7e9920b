import { type TSchema, Type } from 'typebox';
import type { Caller } from '../../../domain/identity/index.ts';
import { type Entry, rightsOn } from '../../../domain/repository/index.ts';

/** Numbers and ids are texts of digits (contract a §1.4). */
const Digits = Type.String({ description: 'digits' });
const Moment = Type.String({ description: 'ISO 8601, UTC' });

const scalars = {
  id: Digits,
  parentId: Digits,
  name: Type.String(),
  path: Type.String({ description: 'with backslashes and the name' }),
  description: Type.String(),
  type: Type.String({ description: 'content type' }),
  size: Digits,
  folder: Type.Boolean(),
  folderCount: Digits,
  productionVersion: Type.String(),
  latestVersion: Digits,
  locked: Type.Boolean(),
  lockedBy: Digits,
  createdBy: Digits,
  lastModifiedBy: Digits,
  lastModified: Moment,
  workspaceId: Digits,
  botStatus: Type.String({ description: 'PUBLIC, DRAFT, CHECKED_OUT' }),
  hasErrors: Type.Boolean(),
  workspaceType: Type.String({ description: 'PUBLIC, PRIVATE' }),
  metadata: Type.Boolean(),
  uri: Type.String(),
  version: Digits,
  hasTriggers: Type.Boolean(),
  isEdited: Type.Boolean(),
  versionNumber: Type.String(),
  botVersionLabel: Type.String(),
  originalVersion: Type.String(),
  codeAnalysisResult: Type.String(),
  parentid: Digits,
  directory: Type.Boolean(),
  fileLastModified: Moment,
  isProtected: Type.Boolean(),
};

export const EntryScalars: TSchema = Type.Object(scalars);
export const entryProperties = {
  ...scalars,
  permission: Type.Record(Type.String(), Type.Boolean(), { description: 'what the caller may do with it' }),
};
export const EntryAnswer: TSchema = Type.Object(entryProperties);

/** Contract a §5.2: the keys of the newer lists together with those of the older one. */
export function renderEntry(entry: Entry, caller: Caller): object {
  return { ...renderScalars(entry), permission: renderRights(entry, caller) };
}

/** Without what is no single value: a client makes a one-row table of it (contract a §5.3). */
export function renderScalars(entry: Entry): object {
  const modified = entry.updatedOn.toString();
  return {
    id: String(entry.id),
    parentId: String(entry.parentId),
    name: entry.name,
    path: entry.path,
    description: entry.description,
    type: entry.contentType,
    size: String(entry.size),
    folder: entry.isFolder,
    folderCount: String(entry.folderCount),
    productionVersion: numberOrNothing(entry.productionVersion),
    latestVersion: String(entry.latestVersion),
    locked: entry.lockedBy !== 0,
    lockedBy: String(entry.lockedBy),
    createdBy: String(entry.createdBy),
    lastModifiedBy: String(entry.updatedBy),
    lastModified: modified,
    workspaceId: String(entry.workspaceId),
    botStatus: statusOf(entry),
    hasErrors: entry.hasErrors,
    workspaceType: entry.workspace,
    metadata: entry.isMetadata,
    uri: '',
    version: String(entry.version),
    hasTriggers: entry.hasTriggers,
    isEdited: entry.checkedOutFrom !== null,
    versionNumber: entry.latestVersion === 0 ? '' : String(entry.latestVersion),
    botVersionLabel: entry.labels,
    originalVersion: numberOrNothing(entry.originalVersion),
    codeAnalysisResult: '',
    // Keys of the older file/list only.
    parentid: String(entry.parentId),
    directory: entry.isFolder,
    fileLastModified: modified,
    isProtected: false,
  };
}

function statusOf({ workspace, lockedBy, checkedOutFrom }: Entry): string {
  if (lockedBy !== 0 || checkedOutFrom !== null) return 'CHECKED_OUT';
  return workspace === 'PUBLIC' ? 'PUBLIC' : 'DRAFT';
}

function numberOrNothing(number: number | null): string {
  return number === null ? '' : String(number);
}

/** What this server cannot do to an entry, nobody may. */
function renderRights(entry: Entry, caller: Caller): object {
  const rights = rightsOn(entry, caller);
  return {
    delete: rights.delete,
    download: rights.view && !entry.isFolder,
    upload: rights.edit || rights.createFile,
    run: rights.run,
    execute: rights.run,
    publishBotstore: false,
    viewContent: rights.view,
    clone: rights.clone,
    editContent: rights.edit,
    createFolder: rights.createFolder,
    move: rights.move,
    cancelCheckout: rights.cancelCheckout,
    revertCheckout: rights.cancelCheckout,
    viewHistory: rights.history,
    labelBots: rights.label,
  };
}
