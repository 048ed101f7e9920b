import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { declared, reads, render, WebhookShown } from './declared.ts';

export const listWebhooks = workspaceOperation({
  ...declared,
  name: 'listWebhooks',
  summary: 'List the webhooks of a workspace',
  method: 'GET',
  path: '/workspaces/{workspaceId}/webhooks',
  access: reads,
  params: inWorkspace(),
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(WebhookShown), description: 'One page, without secrets.' },
  handle: async ({ client, query, facts }, { webhooks, publicUrl }) =>
    page(await webhooks.list(client, readStretch(query)), render, facts, publicUrl()),
});
