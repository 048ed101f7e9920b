import { Type } from 'typebox';
import { processRunAsShown } from '../../../domain/processes/index.ts';
import { workspaceOperation } from '../../operation.ts';
import { Deleted, inWorkspace } from '../wire.ts';
import { declared, ProcessRunShown } from './declared.ts';

const path = '/workspaces/{workspaceId}/process-runs/{processRunId}';
const params = inWorkspace('processRunId');

const getProcessRun = workspaceOperation({
  ...declared,
  name: 'getProcessRun',
  summary: 'Read a process run',
  method: 'GET',
  path,
  // The vendor's own split: the list needs the other permission.
  access: { workspace: 'Processes.read_processes' },
  params,
  answer: { status: 200, schema: ProcessRunShown, description: 'The run.' },
  handle: async ({ client, params: { processRunId } }, { processes }) =>
    processRunAsShown(await processes.runs.get(client, processRunId)),
});

const deleteProcessRun = workspaceOperation({
  ...declared,
  name: 'deleteProcessRun',
  summary: 'Delete a process run that has ended, with its work items',
  method: 'DELETE',
  path,
  // A read permission, as the vendor has it.
  access: { workspace: 'Processes.read_runs' },
  params,
  answer: { status: 200, schema: Deleted, description: 'It is gone.' },
  handle: async ({ client, params: { processRunId } }, { processes }) => {
    await processes.runs.remove(client, processRunId);
    return { id: processRunId, deleted: true };
  },
});

const stopProcessRun = workspaceOperation({
  ...declared,
  name: 'stopProcessRun',
  summary: 'Stop a process run',
  description:
    'Nothing more begins. What waits is settled as done, or has failed and can be tried again; robots at work end by themselves or are stopped.',
  method: 'POST',
  path: `${path}/stop`,
  access: { workspace: 'Processes.trigger_processes' },
  params,
  body: Type.Object({
    set_remaining_work_items_as_done: Type.Boolean(),
    terminate_ongoing_activity_runs: Type.Boolean(),
    reason: Type.Optional(Type.String({ maxLength: 1_000 })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ accepted: Type.Boolean() }),
    description: 'false: it has ended already.',
  },
  handle: async ({ client, params: { processRunId }, body }, { processes }) => ({
    accepted: await processes.runs.stop(client, processRunId, {
      remainingAsDone: body.set_remaining_work_items_as_done,
      terminate: body.terminate_ongoing_activity_runs,
      reason: body.reason ?? '',
    }),
  }),
});

export const oneProcessRun = [getProcessRun, deleteProcessRun, stopProcessRun];
