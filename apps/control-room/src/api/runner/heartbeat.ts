import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { HeldItem, HeldRun, RunCommand, SessionId } from './schemas.ts';

export const heartbeat = runnerOperation({
  name: 'heartbeat',
  summary: 'Be heard of',
  description:
    'Extends the leases of everything the session has, and says which of the named items and runs it no longer has. Name all of them, also those whose results are not delivered yet: what the session has, has not begun and does not name goes back in line. Commands that have not been fulfilled are told again.',
  method: 'POST',
  path: '/runner/v1/heartbeat',
  reads: true,
  body: Type.Object({
    sessionId: SessionId,
    items: Type.Optional(Type.Array(HeldItem, { maxItems: 10_000 })),
    runs: Type.Optional(Type.Array(HeldRun, { maxItems: 10_000 })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      live: Type.Boolean({ description: 'false: open a new session' }),
      lost: Type.Array(Type.Integer()),
      lostRuns: Type.Array(Type.String()),
      commands: Type.Array(RunCommand),
    }),
    description: 'What is still so.',
  },
  handle: async ({ runner, body }, { fleet, work, runs }) => {
    const items = body.items ?? [];
    const named = body.runs ?? [];
    if (body.items) await work.claims.forgotten(runner.deviceId, body.items);
    if (body.runs) await runs.claims.forgotten(runner.deviceId, body.runs);
    const live = await fleet.runners.heartbeat(runner, body.sessionId);
    const held = await work.claims.stillHeld(runner.deviceId, items);
    const heldRuns = await runs.claims.stillHeld(runner.deviceId, named);
    return {
      live,
      lost: items.filter(({ id }) => !held.has(id)).map(({ id }) => id),
      lostRuns: named.filter(({ id }) => !heldRuns.has(id)).map(({ id }) => id),
      commands: named.length === 0 ? [] : await runs.openCommands(runner.deviceId),
    };
  },
});
