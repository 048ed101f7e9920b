import type { ProcessItem, ProcessRun, RunFigures } from '../../../domain/processes/index.ts';
import { moment, unversioned } from '../wire.ts';

/*
 * The Process API of before (contract robocorp §6.1), declared deprecated by its vendor. Which permission a call needs is not
 * told for each; they are those of the calls that took their place. [inferred]
 */

export const declared = { module: 'Process API (legacy)', versions: unversioned, provenance: 'documented' } as const;
export const path = '/process-v1/workspaces/{workspaceId}';

export const starts = { workspace: 'Processes.trigger_processes' } as const;
export const readsRuns = { workspace: 'Processes.read_runs' } as const;
export const readsOutputs = { workspace: 'Processes.read_run_outputs' } as const;
export const readsItems = { workspace: 'Processes.read_work_items' } as const;
export const writesItems = { workspace: 'Processes.write_work_items' } as const;

/** A run that waits is never PENDING here: its callers take that for a failure (contract robocorp §12 no. 9). */
const RUN_STATES = {
  new: 'INI',
  in_progress: 'IP',
  stopping: 'IP',
  unresolved: 'PENDING',
  completed: 'COMPL',
} as const;

const ITEM_STATES = {
  new: 'NEW',
  pending: 'PENDING',
  in_progress: 'IN_PROGRESS',
  failed: 'FAILED',
  done: 'COMPLETED',
} as const;

export function renderRun(run: ProcessRun, figures: RunFigures, workspaceId: string): object {
  const ended = run.state === 'completed' || run.state === 'unresolved';
  return {
    id: run.id,
    state: RUN_STATES[run.state],
    result: ended ? (run.state === 'completed' ? 'success' : 'error') : null,
    errorCode: run.state === 'unresolved' ? 'WORK_ITEMS_FAILED' : null,
    workspaceId,
    processId: run.processId,
    processName: run.processName,
    duration: run.duration,
    runNo: run.number,
    workItemStats: {
      totalCount: figures.total,
      failedCount: figures.failed,
      succeededCount: figures.succeeded,
    },
    robotRuns: figures.stepRunIds.map((id) => ({ id })),
  };
}

export function renderItem(item: ProcessItem, workspaceId: string, whole: boolean): object {
  const stateTs = moment(item.stateUpdatedOn);
  return {
    id: String(item.id),
    state: ITEM_STATES[item.state],
    stateTs,
    createTs: moment(item.createdOn),
    queueTs: moment(item.createdOn),
    workspaceId,
    processId: item.processId,
    processName: item.processName,
    processRunId: item.processRunId,
    processRunNo: item.processRunNumber,
    activityId: item.stepId,
    activityRunId: item.stepRunId,
    batchPriority: 0,
    ...(whole
      ? {
          payload: item.payload,
          files: item.files.map(({ id, name, size }) => ({ id, name, size, fileId: id, fileName: name })),
          ...(item.exception ? { exception: { ...item.exception, type: item.exception.type.toUpperCase() } } : {}),
        }
      : {}),
  };
}
