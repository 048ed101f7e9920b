import type { Transaction } from '../../kernel/database/index.ts';

/** What stands below processes, as far as they need it. */

export interface Robot {
  readonly id: string;
  readonly name: string;
  readonly sha256: Buffer;
  readonly tasks: readonly string[];
}

export interface Robots {
  /** Undefined when it is not in the workspace, or nothing was uploaded yet. */
  forRun(workspaceId: number, packageId: string): Promise<Robot | undefined>;
  content(sha256: Buffer): Promise<Buffer>;
}

export interface Workers {
  /** A worker of the workspace by its id on the wire; undefined for none. */
  findWorker(workspaceId: number, id: string): Promise<number | undefined>;
  findGroup(workspaceId: number, id: string): Promise<number | undefined>;
}

/** Whether a user owns a queue, and so may give it to a process. */
export type OwnsQueue = (userId: number, queueId: number) => Promise<boolean>;

/** Somebody is told that a run has begun or ended. */
export type TellRun = (
  tx: Transaction,
  processRunId: string,
  action: 'started' | 'completed' | 'unresolved',
) => Promise<void>;
