import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { SessionId } from './schemas.ts';

export const takeWork = runnerOperation({
  name: 'takeWork',
  summary: 'Take work, or wait for it',
  description: 'A long poll: answers within milliseconds when there is work, with an empty list when the wait is over.',
  method: 'POST',
  path: '/runner/v1/work',
  reads: true,
  body: Type.Object({
    sessionId: SessionId,
    capacity: Type.Integer({ minimum: 1, maximum: 1_000 }),
    waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 55 })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ assignments: Type.Array(Type.Object({}, { additionalProperties: true })) }),
    description: 'Items under lease, by the bot that works them off.',
  },
  handle: async ({ runner, body, facts }, { runs }) => ({
    assignments: await runs.dispatch.work(runner, {
      sessionId: body.sessionId,
      capacity: body.capacity,
      waitSeconds: body.waitSeconds ?? 0,
      signal: facts.signal,
    }),
  }),
});
