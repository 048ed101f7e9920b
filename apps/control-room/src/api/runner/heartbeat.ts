import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { HeldItem, SessionId } from './schemas.ts';

export const heartbeat = runnerOperation({
  name: 'heartbeat',
  summary: 'Be heard of',
  description:
    'Extends the leases of everything the session has, and says which of the named items it no longer has. Name all of them, also those whose results are not delivered yet: what the session has and does not name goes back in line.',
  method: 'POST',
  path: '/runner/v1/heartbeat',
  reads: true,
  body: Type.Object({ sessionId: SessionId, items: Type.Optional(Type.Array(HeldItem, { maxItems: 10_000 })) }),
  answer: {
    status: 200,
    schema: Type.Object({
      live: Type.Boolean({ description: 'false: open a new session' }),
      lost: Type.Array(Type.Integer()),
    }),
    description: 'What is still so.',
  },
  handle: async ({ runner, body }, { fleet, work }) => {
    const items = body.items ?? [];
    if (body.items) await work.claims.forgotten(runner.deviceId, body.items);
    const live = await fleet.runners.heartbeat(runner, body.sessionId);
    const held = await work.claims.stillHeld(runner.deviceId, items);
    return { live, lost: items.filter(({ id }) => !held.has(id)).map(({ id }) => id) };
  },
});
