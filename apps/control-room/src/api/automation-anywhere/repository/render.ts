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
  botStatus: Type.String({ description: 'PUBLIC, DRAFT' }),
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
export const EntryAnswer: TSchema = Type.Object({
  ...scalars,
  permission: Type.Record(Type.String(), Type.Boolean(), { description: 'what the caller may do with it' }),
});

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
    productionVersion: '',
    latestVersion: entry.isFolder ? '0' : String(entry.version + 1),
    // Nothing is ever locked: who saves with an old version in mind is a matter of the version, not of a lock.
    locked: false,
    lockedBy: '0',
    createdBy: String(entry.createdBy),
    lastModifiedBy: String(entry.updatedBy),
    lastModified: modified,
    workspaceId: String(entry.workspaceId),
    botStatus: entry.workspace === 'PUBLIC' ? 'PUBLIC' : 'DRAFT',
    hasErrors: entry.hasErrors,
    workspaceType: entry.workspace,
    metadata: false,
    uri: '',
    version: String(entry.version),
    hasTriggers: false,
    isEdited: false,
    versionNumber: '',
    botVersionLabel: '',
    originalVersion: '',
    codeAnalysisResult: '',
    // Keys of the older file/list only.
    parentid: String(entry.parentId),
    directory: entry.isFolder,
    fileLastModified: modified,
    isProtected: false,
  };
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
    clone: false,
    editContent: rights.edit,
    createFolder: rights.createFolder,
    move: false,
    cancelCheckout: false,
    revertCheckout: false,
    viewHistory: false,
    labelBots: false,
  };
}
