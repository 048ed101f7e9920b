import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { v1AndV2 } from '../wire.ts';
import { LoggedInAnswer, renderLoggedIn } from './render.ts';

export const refreshToken = operation({
  name: 'refreshToken',
  summary: 'Exchange a valid token for a new one',
  description:
    'The token comes in the body or in the header; the body wins. Its 20 minutes begin anew, the old one lives out its own.',
  module: 'Authentication',
  method: 'POST',
  path: '/authentication/token',
  versions: v1AndV2,
  provenance: 'documented',
  // The token may be in the body, where the general check does not look.
  access: 'anyone',
  body: Type.Object({ token: Type.Optional(Type.String()) }),
  refuses: [401],
  answer: { status: 200, schema: LoggedInAnswer, description: 'The new token and its user.' },
  handle: async ({ body, facts }, { identity, tenant }) => {
    const token = body.token?.trim() || facts.token;
    if (token === undefined)
      throw error('unauthenticated', 'There is no token, neither in the body nor in the header.');
    return renderLoggedIn(await identity.refresh(token), tenant);
  },
});
