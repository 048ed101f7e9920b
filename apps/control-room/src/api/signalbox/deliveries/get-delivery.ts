import { Type } from 'typebox';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { declared, renderDelivery, shown } from './declared.ts';

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
    schema: Type.Object({
      ...shown,
      log: Type.Array(
        Type.Object({
          number: Type.Integer(),
          startedOn: Type.String(),
          endedOn: Type.String(),
          httpStatus: Type.Union([Type.Integer(), Type.Null()]),
          problem: Type.String({ description: 'Empty when it was taken.' }),
        }),
      ),
    }),
    description: 'What was tried when, and what came of it.',
  },
  handle: async ({ caller, params }, { outbox }) => {
    const { log, ...message } = await outbox.messages.get(caller, params.id);
    return {
      ...renderDelivery(message),
      log: log.map(({ startedOn, endedOn, ...rest }) => ({
        ...rest,
        startedOn: startedOn.toString(),
        endedOn: endedOn.toString(),
      })),
    };
  },
});
