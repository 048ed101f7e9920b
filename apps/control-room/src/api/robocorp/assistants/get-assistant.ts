import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { AssistantShown, declared, reads, render } from './declared.ts';

export const getAssistant = workspaceOperation({
  ...declared,
  name: 'getAssistant',
  summary: 'Read an assistant',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assistants/{assistant}',
  access: reads,
  params: inWorkspace('assistant'),
  answer: { status: 200, schema: AssistantShown, description: 'The assistant.' },
  handle: async ({ client, params }, { assistants }) => render(await assistants.get(client, params.assistant)),
});
