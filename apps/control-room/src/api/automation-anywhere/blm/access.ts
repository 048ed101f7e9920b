import type { Objects } from '../../operation.ts';

/** Permissions of exports and imports (contract a §7). What each file takes is the domain's rule. */
export const mayExport = { anyOf: ['repositorymanager.export'] } as const;
export const mayImport = { anyOf: ['repositorymanager.import'] } as const;
export const mayEither = { anyOf: ['repositorymanager.export', 'repositorymanager.import'] } as const;

/** Whoever ordered it sees it, and administrators (contract a §7.2). */
export const REQUEST: Readonly<Record<string, Objects>> = { requestId: { kind: 'blmJob', visibleTo: 'shared' } };
export const DOWNLOAD: Readonly<Record<string, Objects>> = { downloadFileId: { kind: 'blmJob', visibleTo: 'shared' } };

export const MODULE = 'Bot Lifecycle Management';
