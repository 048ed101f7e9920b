import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, v1 } from '../wire.ts';
import { WorkerShown } from './worker.ts';

export const listWorkers = workspaceOperation({
  name: 'listWorkers',
  summary: 'List the workers of a workspace',
  module: 'Workers',
  method: 'GET',
  path: '/workspaces/{workspaceId}/workers',
  versions: v1,
  provenance: 'documented',
  access: { workspace: 'Workers.read_workers' },
  params: inWorkspace(),
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(WorkerShown), description: 'Workers, in the order in which they came.' },
  handle: async ({ client, query, facts }, { fleet, publicUrl }) =>
    page(await fleet.workers.list(client, readStretch(query)), (worker) => worker, facts, publicUrl()),
});
