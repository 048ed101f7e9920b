import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { declared, PackageShown, render, writes } from './declared.ts';

export const createTaskPackage = workspaceOperation({
  ...declared,
  name: 'createTaskPackage',
  summary: 'Make a task package',
  description: 'Empty: the zip is sent to the address under `upload`.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/task-packages',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ name: Type.String(), type: Type.Optional(Type.Enum(['zip'])) }),
  answer: { status: 200, schema: PackageShown, description: 'The task package.' },
  handle: async (call, domain) => render(await domain.taskPackages.create(call.client, call.body.name), call, domain),
});
