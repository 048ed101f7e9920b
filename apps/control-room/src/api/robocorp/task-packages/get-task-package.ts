import { workspaceOperation } from '../../operation.ts';
import { declared, PackageShown, packageParams, reads, render } from './declared.ts';

export const getTaskPackage = workspaceOperation({
  ...declared,
  name: 'getTaskPackage',
  summary: 'Read a task package with its tasks',
  description:
    'The addresses in the answer are good for an hour and need no key; the one under `upload` is for keys that may write.',
  method: 'GET',
  path: '/workspaces/{workspaceId}/task-packages/{taskPackage}',
  access: reads,
  params: packageParams,
  answer: { status: 200, schema: PackageShown, description: 'The task package.' },
  handle: async (call, domain) =>
    render(await domain.taskPackages.get(call.client, call.params.taskPackage), call, domain),
});
