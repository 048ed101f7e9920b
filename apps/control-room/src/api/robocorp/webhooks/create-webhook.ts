import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, Reference } from '../wire.ts';
import { declared, renderWithSecret, WebhookWithSecret, writes } from './declared.ts';

export const createWebhook = workspaceOperation({
  ...declared,
  name: 'createWebhook',
  summary: 'Have the runs of a process told to an address',
  description:
    'Each delivery carries `x-rc-signature`: the HMAC-SHA256 of its body with the secret of the answer, in hex.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/webhooks',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ endpoint: Type.String(), enabled_events: Type.Array(Type.String()), process: Reference }),
  answer: {
    status: 200,
    schema: WebhookWithSecret,
    description: 'The webhook, with the secret that the server has made.',
  },
  handle: async ({ client, body }, { webhooks }) => {
    const { endpoint, enabled_events: events, process } = body;
    return renderWithSecret(await webhooks.create(client, { endpoint, events, processId: process.id }));
  },
});
