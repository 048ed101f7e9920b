export type Workspace = 'PUBLIC' | 'PRIVATE';

/** A file or folder of the repository. Nothing that the caller may not see is ever handed out (contract a §5.1). */
export interface Entry {
  readonly id: number;
  readonly workspace: Workspace;
  /** The id of the workspace's topmost folder. */
  readonly workspaceId: number;
  readonly ownerId: number | null;
  /** 0 for a root; of metadata, the bot it belongs to. */
  readonly parentId: number;
  readonly name: string;
  /** Backslashes, with the name. */
  readonly path: string;
  readonly description: string;
  readonly isFolder: boolean;
  readonly contentType: string;
  readonly size: number;
  readonly folderCount: number;
  readonly hasErrors: boolean;
  readonly hasTriggers: boolean;
  readonly isMetadata: boolean;
  /** What the caller may do with it: bits of flags.ts. */
  readonly rights: number;
  /** The number of the newest version; 0 for folders and private files. */
  readonly latestVersion: number;
  /** Which version has the label PRODUCTION. */
  readonly productionVersion: number | null;
  /** The labels of the newest version, with commas. */
  readonly labels: string;
  /** Who has it checked out; 0 for nobody. */
  readonly lockedBy: number;
  /** Of a private copy: the public file that it was checked out from, and its version then. */
  readonly checkedOutFrom: number | null;
  readonly originalVersion: number | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface NewFile {
  readonly name: string;
  readonly parentId: number;
  readonly contentType: string;
  readonly description?: string;
}

export const FOLDER_TYPE = 'application/vnd.aa.directory';
export const API_TASK_TYPE = 'application/vnd.aa.headlessbot';
export const TASKBOT_TYPES: readonly string[] = [
  'application/vnd.aa.taskbot',
  'application/vnd.aa.taskbot+template',
  API_TASK_TYPE,
];
export const ROOT = 'Automation Anywhere';
export const BOTS = 'Bots';
/** The public workspace's folders, the same in every installation. */
export const PUBLIC_ROOT = 1;
export const PUBLIC_BOTS = 2;
/** The label that makes a version the one to run in production. */
export const PRODUCTION = 'PRODUCTION';

/** The folders that every workspace begins with. */
export function isRoot({ path, isFolder }: { readonly path: string; readonly isFolder: boolean }): boolean {
  return isFolder && [ROOT, `${ROOT}\\${BOTS}`].some((root) => root.toLowerCase() === path.toLowerCase());
}

export function isBot({ contentType }: { readonly contentType: string }): boolean {
  return TASKBOT_TYPES.includes(contentType);
}

/** Either separator in, backslashes out. */
export function readPath(path: string): string {
  return path.replaceAll('/', '\\').replace(/^\\+|\\+$/g, '');
}

/** The folder's path and the last part of a path. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('\\');
  return { folder: at < 0 ? '' : path.slice(0, at), name: path.slice(at + 1) };
}
