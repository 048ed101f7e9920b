import { Type } from 'typebox';
import { DEVICE_LEASE_SECONDS } from '../../domain/fleet/index.ts';
import { runnerOperation } from '../operation.ts';
import { DeviceFactsBody } from './schemas.ts';

export const openSession = runnerOperation({
  name: 'openRunnerSession',
  summary: 'Begin a session',
  description: 'Ends the older sessions of the device: what they had goes back in line at once.',
  method: 'POST',
  path: '/runner/v1/sessions',
  body: DeviceFactsBody,
  answer: {
    status: 201,
    schema: Type.Object({ sessionId: Type.String(), heartbeatSeconds: Type.Integer() }),
    description: 'The session, and how often to be heard of.',
  },
  handle: async ({ runner, body }, { fleet, work, runs }) => {
    const { sessionId, replaced } = await fleet.runners.openSession(runner, body);
    for (const holder of replaced) await work.sweeps.endLeases(holder, 'Its runner was started anew.');
    if (replaced.length > 0) await runs.sweeps.recover('Its runner was started anew.');
    return { sessionId, heartbeatSeconds: Math.floor(DEVICE_LEASE_SECONDS / 3) };
  },
});
