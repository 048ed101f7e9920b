import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { declared, writes } from './declared.ts';

export const createAssistant = workspaceOperation({
  ...declared,
  name: 'createAssistant',
  summary: 'Make an assistant of a task',
  method: 'POST',
  path: '/workspaces/{workspaceId}/assistants',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ name: Type.String(), task: Type.Object({ name: Type.String(), package_id: Type.String() }) }),
  answer: {
    status: 200,
    schema: Type.Object({ id: Type.String(), name: Type.String() }),
    description: 'The assistant.',
  },
  handle: async ({ client, body }, { assistants }) => {
    const { name: taskName, package_id: packageId } = body.task;
    const { id, name } = await assistants.create(client, { name: body.name, packageId, taskName });
    return { id, name };
  },
});
