import { ListBody, listOf, readListRequest, renderList } from '../../automation-anywhere/listing.ts';
import { operation } from '../../operation.ts';
import { Delivery, declared, renderDelivery } from './declared.ts';

export const listDeliveries = operation({
  ...declared,
  name: 'listDeliveries',
  summary: 'List what was told to the outside, or is to be',
  description: 'Callbacks of one’s own deployments, and what one’s workspaces have told; administrators see all.',
  method: 'POST',
  path: '/signalbox/v1/deliveries/list',
  access: 'caller',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(Delivery), description: 'One page of deliveries.' },
  handle: async ({ caller, body }, { outbox }) => {
    const request = readListRequest(body);
    return renderList(await outbox.messages.list(caller, request), request, renderDelivery);
  },
});
