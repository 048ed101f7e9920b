import type { PermissionName } from '../identity/index.ts';

/**
 * What a role may do in a folder and below it (contract a §3.5). Stored and joined as bits, so that the union over a
 * user's roles is one `bit_or`. A bit keeps its meaning for ever: they are in the database.
 */
export const FLAGS = {
  viewContent: 1,
  checkIn: 2,
  checkOut: 4,
  clone: 8,
  delete: 16,
  run: 32,
  schedule: 64,
  createFolder: 128,
} as const;

export type FolderRight = keyof typeof FLAGS;
export const FOLDER_RIGHTS = Object.keys(FLAGS) as readonly FolderRight[];
export const ALL_FLAGS = 255;

/** Which general permission each of them presupposes; any of them is enough. */
export const GENERAL: Readonly<Record<FolderRight, readonly PermissionName[]>> = {
  viewContent: ['repositorymanager.view'],
  checkIn: ['repositorymanager.upload'],
  checkOut: ['repositorymanager.upload'],
  clone: ['repositorymanager.upload'],
  delete: ['repositorymanager.delete'],
  run: ['repositorymanager.run'],
  schedule: ['repositorymanager.run'],
  createFolder: ['repositorymanager.createfolders', 'repositorymanager.renamefolders'],
};

/** The bits whose general permission is there. */
export function flagsAllowedBy(may: (permission: PermissionName) => boolean): number {
  return FOLDER_RIGHTS.filter((right) => GENERAL[right].some(may)).reduce((bits, right) => bits | FLAGS[right], 0);
}

export function hasFlag(bits: number, right: FolderRight): boolean {
  return (bits & FLAGS[right]) !== 0;
}

/** Check in includes clone and view content (contract a §3.5). */
export function flagsOf(rights: readonly FolderRight[]): number {
  const all = rights.includes('checkIn') ? [...rights, 'clone' as const, 'viewContent' as const] : rights;
  return all.reduce((bits, right) => bits | FLAGS[right], 0);
}

export function rightsOfFlags(bits: number): Readonly<Record<FolderRight, boolean>> {
  return Object.fromEntries(FOLDER_RIGHTS.map((right) => [right, hasFlag(bits, right)])) as Record<
    FolderRight,
    boolean
  >;
}
