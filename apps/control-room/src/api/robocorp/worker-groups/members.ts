import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, putAndPost, Text, v1 } from '../wire.ts';
import { MembershipShown, renderMembership } from './group.ts';

const declared = {
  module: 'Worker Groups',
  versions: v1,
  provenance: 'documented',
  access: { workspace: 'Workers.write_workers' },
  answer: { status: 200, schema: MembershipShown, description: 'All groups that the worker is in now.' },
} as const;

export const addWorkerToGroup = putAndPost(
  workspaceOperation({
    ...declared,
    name: 'addWorkerToGroup',
    summary: 'Put a worker into a group',
    description: 'It stays in the others.',
    method: 'PUT',
    path: '/workspaces/{workspaceId}/worker-groups/{groupId}/workers',
    params: inWorkspace('groupId'),
    body: Type.Object({ worker: Type.Object({ id: Text }) }),
    handle: async ({ client, params, body }, { fleet }) =>
      renderMembership(await fleet.groups.addWorker(client, params.groupId, body.worker.id)),
  }),
);

export const removeWorkerFromGroup = workspaceOperation({
  ...declared,
  name: 'removeWorkerFromGroup',
  summary: 'Take a worker out of a group',
  method: 'DELETE',
  path: '/workspaces/{workspaceId}/worker-groups/{groupId}/workers/{workerId}',
  params: inWorkspace('groupId', 'workerId'),
  handle: async ({ client, params }, { fleet }) =>
    renderMembership(await fleet.groups.removeWorker(client, params.groupId, params.workerId)),
});
