import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { readMoment } from '../moment.ts';
import { declared } from './declared.ts';

const answer = {
  status: 200,
  schema: Type.Object({ replayed: Type.Integer({ description: 'What was on its way anyway does not count.' }) }),
  description: 'How many are delivered again, under their old event ids.',
} as const;

export const replayDelivery = operation({
  ...declared,
  name: 'replayDelivery',
  summary: 'Deliver again',
  method: 'POST',
  path: '/signalbox/v1/deliveries/{id}/replay',
  access: 'caller',
  objects: { id: { kind: 'delivery', visibleTo: 'shared' } },
  params: ids('id'),
  answer,
  handle: async ({ caller, params }, { outbox }) => ({
    replayed: await outbox.messages.replay(caller, { id: params.id }),
  }),
});

export const replayDeliveries = operation({
  ...declared,
  name: 'replayDeliveries',
  summary: 'Deliver again what a receiver missed',
  description: 'From a sequence number on, or of a stretch of time; at most 10000 at once. Say at least one of them.',
  method: 'POST',
  path: '/signalbox/v1/deliveries/replay',
  access: 'caller',
  body: Type.Object({
    fromId: Type.Optional(Type.Integer({ minimum: 1, description: 'The first sequence number.' })),
    from: Type.Optional(Type.String({ description: 'Written at this instant or later.' })),
    to: Type.Optional(Type.String({ description: 'Written before this instant.' })),
  }),
  answer,
  handle: async ({ caller, body }, { outbox }) => {
    const from = readMoment(body.from, 'from');
    const to = readMoment(body.to, 'to');
    if (body.fromId === undefined && from === undefined && to === undefined) {
      throw error('invalid', 'It is not said what to deliver again.', { details: 'expected fromId, from or to' });
    }
    return { replayed: await outbox.messages.replay(caller, { fromId: body.fromId, from, to }) };
  },
});
