import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation, type Version } from '../../operation.ts';

const versions: readonly Version[] = [{ name: 'v1' }, { name: 'v2', provenance: 'extension' }];

export const validateToken = operation({
  name: 'validateToken',
  summary: 'Whether a token is valid',
  description: 'The token comes as ?token= or in the header; the query wins. One that is not valid is no error.',
  module: 'Authentication',
  method: 'GET',
  path: '/authentication/token',
  versions,
  provenance: 'documented',
  access: 'anyone',
  query: Type.Object({ token: Type.Optional(Type.String()) }),
  answer: { status: 200, schema: Type.Object({ valid: Type.Boolean() }), description: 'true or false.' },
  handle: async ({ query, facts }, { identity }) => {
    const token = query.token?.trim() || facts.token;
    if (token === undefined) {
      throw error('invalid', 'There is no token to look at.', {
        details: 'expected ?token= or the header X-Authorization',
      });
    }
    return { valid: await identity.isValid(token) };
  },
});
