import type { Objects } from '../../operation.ts';

/**
 * Permissions of the repository calls (contract a §13.3). Which entries a caller sees, and what he may do with each, is the
 * domain's rule: rights of his roles on folders come on top.
 */
export const mayView = { anyOf: ['repositorymanager.view'] } as const;
export const mayUpload = { anyOf: ['repositorymanager.upload'] } as const;
export const mayDelete = { anyOf: ['repositorymanager.delete'] } as const;
export const mayCreateFolders = { anyOf: ['repositorymanager.createfolders'] } as const;
export const mayRenameFolders = { anyOf: ['repositorymanager.renamefolders'] } as const;
export const mayUnlock = {
  anyOf: ['repositorymanager.upload', 'repositorymanager.forceunlock', 'repositorymanager.cancelcheckout'],
} as const;
export const mayLabel = { anyOf: ['repositorymanager.upload', 'repositorymanager.setproductionversion'] } as const;

/** Everybody sees the public workspace; another's private entry is absent (contract a §5.1). */
export const ENTRY: Readonly<Record<string, Objects>> = { id: { kind: 'repositoryEntry', visibleTo: 'everyone' } };
export const FILE: Readonly<Record<string, Objects>> = { fileId: { kind: 'repositoryEntry', visibleTo: 'everyone' } };

export const MODULE = 'Repository Management';
