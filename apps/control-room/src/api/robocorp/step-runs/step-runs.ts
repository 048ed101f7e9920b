import { Type } from 'typebox';
import type { StepRun } from '../../../domain/processes/index.ts';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Moment, moment, momentOrNull, Nullable } from '../wire.ts';
import { declared } from './declared.ts';

const StepRunShown = Type.Object({
  id: Type.String(),
  state: Type.Enum(['new', 'awaiting_worker', 'in_progress', 'completed', 'failed']),
  state_updated_at: Moment,
  error: Nullable(Type.Object({ code: Type.String() })),
  started_at: Nullable(Moment),
  ended_at: Nullable(Moment),
  duration: Nullable(Type.Number({ description: 'Seconds.' })),
  step: Type.Object({ id: Type.String(), name: Type.String() }),
});

const shared = {
  ...declared,
  summary: 'List the step runs of a process run',
  method: 'GET',
  access: { workspace: 'Processes.read_processes' },
  answer: { status: 200, schema: pageOf(StepRunShown), description: 'One page, the oldest first.' },
} as const;

const listStepRuns = workspaceOperation({
  ...shared,
  name: 'listStepRuns',
  path: '/workspaces/{workspaceId}/step-runs',
  params: inWorkspace(),
  query: Type.Object({ process_run_id: Type.String({ maxLength: 100 }), ...pageQuery }),
  handle: async ({ client, query, facts }, { processes, publicUrl }) =>
    page(await processes.stepRuns.list(client, query.process_run_id, readStretch(query)), render, facts, publicUrl()),
});

const listStepRunsOfRun = workspaceOperation({
  ...shared,
  name: 'listStepRunsOfRun',
  path: '/workspaces/{workspaceId}/process-runs/{processRunId}/step-runs',
  params: inWorkspace('processRunId'),
  query: Type.Object(pageQuery),
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) => {
    const { id } = await processes.runs.get(client, params.processRunId);
    return page(await processes.stepRuns.list(client, id, readStretch(query)), render, facts, publicUrl());
  },
});

const getStepRun = workspaceOperation({
  ...declared,
  name: 'getStepRun',
  summary: 'Read a step run',
  method: 'GET',
  path: '/workspaces/{workspaceId}/step-runs/{stepRunId}',
  // The vendor's own split: the list needs the other permission.
  access: { workspace: 'Processes.read_runs' },
  params: inWorkspace('stepRunId'),
  answer: { status: 200, schema: StepRunShown, description: 'The step run.' },
  handle: async ({ client, params }, { processes }) => render(await processes.stepRuns.get(client, params.stepRunId)),
});

export const stepRunOperations = [listStepRuns, listStepRunsOfRun, getStepRun];

function render(run: StepRun): object {
  return {
    id: run.id,
    state: run.state,
    state_updated_at: moment(run.stateUpdatedOn),
    error: run.error && { code: run.error.code },
    started_at: momentOrNull(run.startedOn),
    ended_at: momentOrNull(run.endedOn),
    duration: run.duration,
    step: run.step,
  };
}
