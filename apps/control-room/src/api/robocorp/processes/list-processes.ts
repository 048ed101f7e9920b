import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Moment, moment, v1 } from '../wire.ts';

export const listProcesses = workspaceOperation({
  name: 'listProcesses',
  summary: 'List the processes of a workspace',
  module: 'Processes',
  method: 'GET',
  path: '/workspaces/{workspaceId}/processes',
  versions: v1,
  provenance: 'documented',
  access: { workspace: 'Processes.read_processes' },
  params: inWorkspace(),
  query: Type.Object(pageQuery),
  answer: {
    status: 200,
    schema: pageOf(Type.Object({ id: Type.String(), name: Type.String(), created_at: Moment })),
    description: 'One page.',
  },
  handle: async ({ client, query, facts }, { processes, publicUrl }) =>
    page(
      await processes.list(client, readStretch(query)),
      ({ id, name, createdOn }) => ({ id, name, created_at: moment(createdOn) }),
      facts,
      publicUrl(),
    ),
});
