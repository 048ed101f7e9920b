import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { ListBody, listOf, readListRequest, renderList } from '../../automation-anywhere/listing.ts';
import { operation } from '../../operation.ts';
import { LoggedDelivery, renderLoggedDelivery } from '../deliveries/declared.ts';
import { readMoment } from '../moment.ts';
import { declared, webhookParams } from './declared.ts';

export const listWebhookDeliveries = operation({
  ...declared,
  name: 'listWebhookDeliveries',
  summary: 'List what a webhook was told, with each attempt',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks/{webhookId}/deliveries/list',
  params: webhookParams,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(LoggedDelivery), description: 'One page; what ended is kept for 30 days.' },
  handle: async ({ caller, params, body }, { workspaces, webhooks }) => {
    const client = await workspaces.enter(caller, params.workspaceId);
    const request = readListRequest(body);
    return renderList(await webhooks.deliveries(client, params.webhookId, request), request, renderLoggedDelivery);
  },
});

export const replayWebhook = operation({
  ...declared,
  name: 'replayWebhook',
  summary: 'Tell a webhook again what it missed',
  description: 'From a sequence number on, or of a stretch of time; at most 10000 at once. Say at least one of them.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks/{webhookId}/replay',
  params: webhookParams,
  body: Type.Object({
    fromSequence: Type.Optional(Type.Integer({ minimum: 1, description: 'The first sequence number.' })),
    from: Type.Optional(Type.String({ description: 'Written at this instant or later.' })),
    to: Type.Optional(Type.String({ description: 'Written before this instant.' })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ replayed: Type.Integer({ description: 'What was on its way anyway does not count.' }) }),
    description: 'How many are delivered again, each with its old id and number.',
  },
  handle: async ({ caller, params, body }, { workspaces, webhooks }) => {
    const client = await workspaces.enter(caller, params.workspaceId);
    const { fromSequence } = body;
    const [from, to] = [readMoment(body.from, 'from'), readMoment(body.to, 'to')];
    if (fromSequence === undefined && from === undefined && to === undefined) {
      throw error('invalid', 'It is not said what to tell again.', { details: 'expected fromSequence, from or to' });
    }
    return { replayed: await webhooks.replay(client, params.webhookId, { fromSequence, from, to }) };
  },
});
