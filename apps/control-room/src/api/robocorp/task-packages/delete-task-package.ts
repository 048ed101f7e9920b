import { workspaceOperation } from '../../operation.ts';
import { Deleted } from '../wire.ts';
import { declared, packageParams, writes } from './declared.ts';

export const deleteTaskPackage = workspaceOperation({
  ...declared,
  name: 'deleteTaskPackage',
  summary: 'Delete a task package that nothing uses',
  method: 'DELETE',
  path: '/workspaces/{workspaceId}/task-packages/{taskPackage}',
  access: writes,
  params: packageParams,
  answer: { status: 200, schema: Deleted, description: 'It is gone. Runs under way keep what they began with.' },
  handle: async ({ client, params }, { taskPackages }) => ({
    id: await taskPackages.remove(client, params.taskPackage),
    deleted: true,
  }),
});
