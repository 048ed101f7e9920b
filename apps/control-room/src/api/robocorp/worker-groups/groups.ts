import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, v1 } from '../wire.ts';
import { Name } from '../workers/worker.ts';
import { GroupShown, renderGroup } from './group.ts';

const declared = {
  module: 'Worker Groups',
  path: '/workspaces/{workspaceId}/worker-groups',
  versions: v1,
  provenance: 'documented',
  params: inWorkspace(),
} as const;

export const listWorkerGroups = workspaceOperation({
  ...declared,
  name: 'listWorkerGroups',
  summary: 'List the worker groups of a workspace',
  method: 'GET',
  access: { workspace: 'Workers.read_workers' },
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(GroupShown), description: 'Groups, the oldest first.' },
  handle: async ({ client, query, facts }, { fleet, publicUrl }) =>
    page(await fleet.groups.list(client, readStretch(query)), renderGroup, facts, publicUrl()),
});

export const createWorkerGroup = workspaceOperation({
  ...declared,
  name: 'createWorkerGroup',
  summary: 'Make a worker group',
  method: 'POST',
  access: { workspace: 'Workers.write_workers' },
  body: Type.Object({ name: Name }),
  answer: { status: 200, schema: GroupShown, description: 'The group.' },
  handle: async ({ client, body }, { fleet }) => renderGroup(await fleet.groups.create(client, body.name)),
});
