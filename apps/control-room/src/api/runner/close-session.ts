import { Type } from 'typebox';
import { holderOf } from '../../domain/fleet/index.ts';
import { runnerOperation } from '../operation.ts';
import { SessionId } from './schemas.ts';

export const closeSession = runnerOperation({
  name: 'closeRunnerSession',
  summary: 'End a session',
  description:
    'What the session still has and has not begun goes back in line at once; runs that had begun become UNKNOWN.',
  method: 'POST',
  path: '/runner/v1/sessions/close',
  reads: true,
  body: Type.Object({ sessionId: SessionId }),
  answer: { status: 204 },
  handle: async ({ runner, body }, { fleet, work, runs }) => {
    await work.sweeps.endLeases(holderOf(runner.deviceId, body.sessionId), 'Its runner was stopped.');
    await fleet.runners.closeSession(runner, body.sessionId);
    await runs.sweeps.recover('Its runner was stopped.');
  },
});
