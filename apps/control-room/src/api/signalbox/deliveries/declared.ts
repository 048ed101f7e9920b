import { type TSchema, Type } from 'typebox';
import type { Attempt, LoggedMessage, Message } from '../../../domain/outbox/index.ts';

export const declared = { module: 'Deliveries', versions: [{ name: '' }], provenance: 'extension' } as const;

export const shown = {
  id: Type.Integer({ description: 'In the order of writing: a gap is a delivery of somebody else.' }),
  eventId: Type.String({ description: 'The same at every repetition; sent as webhook-id.' }),
  kind: Type.String(),
  subjectType: Type.String(),
  subjectId: Type.String(),
  origin: Type.String({ description: 'Where to. The rest of the address may be secret and is not shown.' }),
  status: Type.Enum(['PENDING', 'DELIVERED', 'GIVEN_UP']),
  attempts: Type.Integer(),
  nextAttemptOn: Type.Union([Type.String(), Type.Null()]),
  endedOn: Type.Union([Type.String(), Type.Null()]),
  sequence: Type.Union([Type.Integer(), Type.Null()], { description: 'Among those of one webhook, without holes.' }),
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

export const LoggedDelivery = Type.Object({
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
});

export function renderLoggedDelivery({ log, ...message }: LoggedMessage): object {
  return { ...renderDelivery(message), log: log.map(renderAttempt) };
}

function renderAttempt({ startedOn, endedOn, ...rest }: Attempt): object {
  return { ...rest, startedOn: startedOn.toString(), endedOn: endedOn.toString() };
}
