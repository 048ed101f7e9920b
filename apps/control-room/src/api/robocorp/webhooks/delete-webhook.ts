import { workspaceOperation } from '../../operation.ts';
import { Deleted } from '../wire.ts';
import { declared, webhookParams, writes } from './declared.ts';

export const deleteWebhook = workspaceOperation({
  ...declared,
  name: 'deleteWebhook',
  summary: 'Delete a webhook',
  method: 'DELETE',
  path: '/workspaces/{workspaceId}/webhooks/{webhook}',
  access: writes,
  params: webhookParams,
  answer: { status: 200, schema: Deleted, description: 'It is told nothing more.' },
  handle: async ({ client, params }, { webhooks }) => ({
    id: await webhooks.remove(client, params.webhook),
    deleted: true,
  }),
});
