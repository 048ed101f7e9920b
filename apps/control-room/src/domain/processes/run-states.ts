import type { RunStatus } from '../runs/index.ts';
import type { ItemStatus } from '../work/index.ts';

/** How a process run stands; the words are the wire's and are stored as they are said (contract robocorp §4.5). */
export const PROCESS_RUN_STATES = ['new', 'in_progress', 'completed', 'unresolved', 'stopping'] as const;
export type ProcessRunState = (typeof PROCESS_RUN_STATES)[number];

/** The states of one that is not over, for SQL. */
export const UNFINISHED_PROCESS_RUN = "'new','in_progress','stopping'";
/** A process run is over; its UUID. */
export const PROCESS_RUN_ENDED = 'process-run-ended';

/** Contract robocorp §4.7. */
export type StepRunState = 'new' | 'awaiting_worker' | 'in_progress' | 'completed' | 'failed';

/** Contract robocorp §4.8. */
export const ITEM_STATES = ['new', 'pending', 'in_progress', 'failed', 'done'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** A step run is a run, in the other vocabulary. [inferred] */
export function stepRunState(status: RunStatus): StepRunState {
  switch (status) {
    case 'QUEUED':
    case 'PENDING_EXECUTION':
      return 'awaiting_worker';
    case 'DEPLOYED':
    case 'RUNNING':
    case 'RUN_PAUSED':
      return 'in_progress';
    case 'COMPLETED':
      return 'completed';
    default:
      return 'failed';
  }
}

/** Stable codes: the vendor's are not published. [inferred] */
export function stepRunError(status: RunStatus): string | null {
  const codes: Partial<Record<RunStatus, string>> = {
    RUN_FAILED: 'ROBOT_FAILED',
    RUN_ABORTED: 'STOPPED',
    RUN_TIMED_OUT: 'TIMEOUT',
    DEPLOY_FAILED: 'ENVIRONMENT_FAILED',
    UNKNOWN: 'WORKER_LOST',
  };
  return codes[status] ?? null;
}

/** What befalls a step run, in this order. The vendor’s words are not published but for END. [inferred] */
export const EVENTS = { CREATED: 1, ASSIGNED: 2, START: 3, END: 4 } as const;

/** An item waits in the input of its process, or in a run of it. [inferred] */
export function itemState(status: ItemStatus, processRunId: string | null): ItemState {
  switch (status) {
    case 'NEW':
    case 'ON_HOLD':
      return processRunId === null ? 'new' : 'pending';
    case 'READY_TO_RUN':
    case 'ACTIVE':
      return 'in_progress';
    case 'COMPLETED':
      return 'done';
    case 'FAILED':
    case 'DATA_ERROR':
    case 'UNKNOWN':
      return 'failed';
  }
}

/** The statuses that a state stands for; whether it is in a run is asked for beside. */
export const STATUSES_OF: Readonly<Record<ItemState, readonly ItemStatus[]>> = {
  new: ['NEW', 'ON_HOLD'],
  pending: ['NEW', 'ON_HOLD'],
  in_progress: ['READY_TO_RUN', 'ACTIVE'],
  failed: ['FAILED', 'DATA_ERROR', 'UNKNOWN'],
  done: ['COMPLETED'],
};
