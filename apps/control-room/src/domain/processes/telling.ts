import { sql } from 'kysely';
import type { Sealer } from '../../kernel/sealing.ts';
import type { Webhooks } from '../webhooks/index.ts';
import type { TellRun } from './parts.ts';
import { callbackOf, PROCESS_RUN_COLUMNS, type ProcessRun, type RunCallback } from './process-runs.ts';

export function createTelling(sealer: Sealer, webhooks: Pick<Webhooks, 'tell'>): TellRun {
  return async (tx, processRunId, action) => {
    const run = await tx.first(
      sql<
        ProcessRun & { workspaceUuid: string; sealed: string | null }
      >`select ${PROCESS_RUN_COLUMNS}, w.uuid as "workspaceUuid",
          r.callback_sealed as sealed from process_run r join workspace w on w.id = r.workspace_id where r.id = ${processRunId}::uuid`,
    );
    if (!run) return;
    const callback = run.sealed === null ? undefined : openCallback(sealer, run.id, run.sealed);
    await webhooks.tell(tx, {
      workspaceId: run.workspaceId,
      workspaceUuid: run.workspaceUuid,
      processId: run.processId,
      processRunId,
      action,
      duration: action === 'started' ? null : run.duration,
      processRun: processRunAsShown(run),
      ...(callback?.events.includes(action) ? { callback } : {}),
    });
  };
}

function openCallback(sealer: Sealer, runId: string, sealed: string): RunCallback {
  return JSON.parse(sealer.open(sealed, callbackOf(runId)).toString('utf8')) as RunCallback; // Sealed by start() from one.
}

/** A process run in the words of the wire, which deliveries show as well as answers. */
export function processRunAsShown(run: ProcessRun): object {
  const at = (instant: Temporal.Instant | null): string | null =>
    instant === null ? null : instant.toString({ fractionalSecondDigits: 3 });
  return {
    id: run.id,
    state: run.state,
    created_at: at(run.createdOn),
    started_at: at(run.startedOn),
    ended_at: at(run.endedOn),
    process: { id: run.processId, name: run.processName },
    started_by: {
      type: run.startedBy,
      details:
        run.startedBy === 'user' && run.user
          ? { id: String(run.user.id), first_name: run.user.firstName, last_name: run.user.lastName }
          : null,
    },
    duration: run.duration,
  };
}
