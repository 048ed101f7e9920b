import { workspaceOperation } from '../../operation.ts';
import { declared, reads, renderWithSecret, WebhookWithSecret, webhookParams } from './declared.ts';

export const getWebhook = workspaceOperation({
  ...declared,
  name: 'getWebhook',
  summary: 'Read a webhook with its secret',
  description: 'That the secret was shown is in the audit log.',
  method: 'GET',
  path: '/workspaces/{workspaceId}/webhooks/{webhook}',
  access: reads,
  params: webhookParams,
  answer: { status: 200, schema: WebhookWithSecret, description: 'The webhook.' },
  handle: async ({ client, params }, { webhooks }) => renderWithSecret(await webhooks.reveal(client, params.webhook)),
});
