import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { Deleted, inWorkspace, putAndPost, v1 } from '../wire.ts';
import { Name } from '../workers/worker.ts';
import { GroupShown, renderGroup } from './group.ts';

const declared = {
  module: 'Worker Groups',
  path: '/workspaces/{workspaceId}/worker-groups/{groupId}',
  versions: v1,
  provenance: 'documented',
  params: inWorkspace('groupId'),
} as const;

export const getWorkerGroup = workspaceOperation({
  ...declared,
  name: 'getWorkerGroup',
  summary: 'Read a worker group',
  method: 'GET',
  access: { workspace: 'Workers.read_workers' },
  answer: { status: 200, schema: GroupShown, description: 'The group.' },
  handle: async ({ client, params }, { fleet }) => renderGroup(await fleet.groups.get(client, params.groupId)),
});

export const updateWorkerGroup = putAndPost(
  workspaceOperation({
    ...declared,
    name: 'updateWorkerGroup',
    summary: 'Rename a worker group',
    method: 'PUT',
    access: { workspace: 'Workers.write_workers' },
    body: Type.Object({ name: Name }),
    answer: { status: 200, schema: GroupShown, description: 'The group.' },
    handle: async ({ client, params, body }, { fleet }) =>
      renderGroup(await fleet.groups.rename(client, params.groupId, body.name)),
  }),
);

export const deleteWorkerGroup = workspaceOperation({
  ...declared,
  name: 'deleteWorkerGroup',
  summary: 'Delete a worker group',
  description: 'Its workers stay, its link tokens do not. Refused while a process gives it work.',
  method: 'DELETE',
  access: { workspace: 'Workers.write_workers' },
  refuses: [409],
  answer: { status: 200, schema: Deleted, description: 'That it is gone.' },
  handle: async ({ client, params }, { fleet }) => ({
    id: (await fleet.groups.remove(client, params.groupId)).uuid,
    deleted: true,
  }),
});
