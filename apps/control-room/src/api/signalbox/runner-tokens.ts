import { Type } from 'typebox';
import { operation } from '../operation.ts';

export const issueRunnerToken = operation({
  name: 'issueRunnerToken',
  summary: 'Make a one-time token that registers a device',
  module: 'Runner',
  method: 'POST',
  path: '/signalbox/v1/runner-tokens',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: { anyOf: ['devices.register', 'devices.all'] },
  answer: {
    status: 201,
    schema: Type.Object({ token: Type.String(), expiresOn: Type.String() }),
    description: 'The token; it is shown this once.',
  },
  handle: async ({ caller }, { fleet }) => {
    const { token, expiresOn } = await fleet.runners.issueToken(caller);
    return { token, expiresOn: expiresOn.toString() };
  },
});
