export type Workspace = 'PUBLIC' | 'PRIVATE';

/** A file or folder of the repository. Nothing that the caller may not see is ever handed out (contract a §5.1). */
export interface Entry {
  readonly id: number;
  readonly workspace: Workspace;
  /** The id of the workspace's topmost folder. */
  readonly workspaceId: number;
  readonly ownerId: number | null;
  /** 0 for a root. */
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

/** The folders that every workspace begins with. */
export function isRoot({ path, isFolder }: Entry): boolean {
  return isFolder && [ROOT, `${ROOT}\\${BOTS}`].some((root) => root.toLowerCase() === path.toLowerCase());
}

/** Either separator in, backslashes out. */
export function readPath(path: string): string {
  return path.replaceAll('/', '\\').replace(/^\\+|\\+$/g, '');
}
