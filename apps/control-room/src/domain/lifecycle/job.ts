import type { Workspace } from '../repository/index.ts';

/** What an export is to hold. Dependencies come with it by themselves. */
export interface WantedExport {
  readonly files: readonly WantedFile[];
  readonly includePackages: boolean;
  readonly includeGlobalValues: boolean;
}

export interface WantedFile {
  readonly fileId: number;
  /** Of a public file; absent for the newest. */
  readonly version?: number | undefined;
  /** What the bots that it calls are taken by as well, where they have it. */
  readonly label?: string | undefined;
}

export type IfThere = 'OVERWRITE' | 'SKIP' | 'ABORT';

export interface WantedImport {
  readonly ifExisting: IfThere;
  readonly workspace: Workspace;
}

export type JobStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** An export or import as people may see it. */
export interface Job {
  readonly id: string;
  readonly type: 'EXPORT' | 'IMPORT';
  readonly status: JobStatus;
  readonly userId: number;
  readonly name: string;
  /** Of a finished export. */
  readonly archiveId: string | null;
  readonly entriesDone: number;
  readonly entriesTotal: number;
  /** What whoever ordered it should know, such as dependencies that were left out. */
  readonly notices: readonly string[];
  /** Empty unless it failed. */
  readonly errorMessage: string;
}

/** A job as the server sees it that has taken it on. */
export interface TakenJob {
  readonly id: string;
  readonly type: 'EXPORT' | 'IMPORT';
  readonly userId: number;
  readonly name: string;
  readonly wanted: unknown;
  readonly archiveId: string | null;
  readonly attempt: number;
  readonly requestId: string;
  readonly address: string;
}

/** What is told when a job begins to exist or ends. */
export const JOBS = 'blm';
