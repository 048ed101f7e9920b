import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { Deleted, inWorkspace, putAndPost, v1 } from '../wire.ts';
import { Name, WorkerShown } from './worker.ts';

const declared = {
  module: 'Workers',
  path: '/workspaces/{workspaceId}/workers/{workerId}',
  versions: v1,
  provenance: 'documented',
  params: inWorkspace('workerId'),
} as const;

export const getWorker = workspaceOperation({
  ...declared,
  name: 'getWorker',
  summary: 'Read a worker',
  method: 'GET',
  access: { workspace: 'Workers.read_workers' },
  answer: { status: 200, schema: WorkerShown, description: 'The worker.' },
  handle: ({ client, params }, { fleet }) => fleet.workers.get(client, params.workerId),
});

export const updateWorker = putAndPost(
  workspaceOperation({
    ...declared,
    name: 'updateWorker',
    summary: 'Rename a worker',
    method: 'PUT',
    access: { workspace: 'Workers.write_workers' },
    body: Type.Object({ name: Name }),
    answer: { status: 200, schema: WorkerShown, description: 'The worker.' },
    handle: ({ client, params, body }, { fleet }) => fleet.workers.rename(client, params.workerId, body.name),
  }),
);

export const deleteWorker = workspaceOperation({
  ...declared,
  name: 'deleteWorker',
  summary: 'Delete a worker',
  description: 'Its key is worth nothing from then on. Refused while it holds work.',
  method: 'DELETE',
  access: { workspace: 'Workers.write_workers' },
  refuses: [409],
  answer: { status: 200, schema: Deleted, description: 'That it is gone.' },
  handle: async ({ client, params }, { fleet }) => {
    await fleet.workers.remove(client, params.workerId);
    return { id: params.workerId, deleted: true };
  },
});
