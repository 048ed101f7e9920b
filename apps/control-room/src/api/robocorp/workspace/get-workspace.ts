import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, v1 } from '../wire.ts';

export const getWorkspace = workspaceOperation({
  name: 'getWorkspace',
  summary: 'Which workspace a key opens',
  module: 'Workspaces',
  method: 'GET',
  path: '/workspaces/{workspaceId}',
  versions: v1,
  provenance: 'documented',
  access: { workspace: 'any', unknown: 401 },
  params: inWorkspace(),
  answer: {
    status: 200,
    schema: Type.Object({
      id: Type.String(),
      name: Type.String(),
      organization: Type.Object({ id: Type.String(), name: Type.String() }),
    }),
    description: 'The workspace and its organisation.',
  },
  handle: async ({ client }, { workspaces }) => ({
    id: client.workspace.uuid,
    name: client.workspace.name,
    organization: await workspaces.organization(),
  }),
});
