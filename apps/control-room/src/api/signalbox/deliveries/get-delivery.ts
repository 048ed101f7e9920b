import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { declared, LoggedDelivery, renderLoggedDelivery } from './declared.ts';

export const getDelivery = operation({
  ...declared,
  name: 'getDelivery',
  summary: 'Read a delivery with its attempts',
  method: 'GET',
  path: '/signalbox/v1/deliveries/{id}',
  access: 'caller',
  objects: { id: { kind: 'delivery', visibleTo: 'shared' } },
  params: ids('id'),
  answer: {
    status: 200,
    schema: LoggedDelivery,
    description: 'What was tried when, and what came of it.',
  },
  handle: async ({ caller, params }, { outbox }) => renderLoggedDelivery(await outbox.messages.get(caller, params.id)),
});
