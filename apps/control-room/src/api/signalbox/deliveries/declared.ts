import { type TSchema, Type } from 'typebox';
import type { Message } from '../../../domain/outbox/index.ts';

export const declared = { module: 'Deliveries', versions: [{ name: '' }], provenance: 'extension' } as const;

export const shown = {
  id: Type.Integer({ description: 'The sequence number: a gap is a delivery of somebody else.' }),
  eventId: Type.String({ description: 'The same at every repetition; sent as webhook-id.' }),
  kind: Type.String(),
  subjectType: Type.String(),
  subjectId: Type.String(),
  origin: Type.String({ description: 'Where to. The rest of the address may be secret and is not shown.' }),
  status: Type.Enum(['PENDING', 'DELIVERED', 'GIVEN_UP']),
  attempts: Type.Integer(),
  nextAttemptOn: Type.Union([Type.String(), Type.Null()]),
  endedOn: Type.Union([Type.String(), Type.Null()]),
  createdBy: Type.Integer(),
  createdOn: Type.String(),
};

export const Delivery: TSchema = Type.Object(shown);

export function renderDelivery(message: Message): object {
  return {
    ...message,
    nextAttemptOn: message.nextAttemptOn?.toString() ?? null,
    endedOn: message.endedOn?.toString() ?? null,
    createdOn: message.createdOn.toString(),
  };
}
