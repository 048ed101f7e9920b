import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Anything, v1AndV2 } from '../wire.ts';
import { LoggedInAnswer, renderLoggedIn } from './render.ts';

export const logIn = operation({
  name: 'logIn',
  summary: 'Log in by password or API key',
  description:
    'Answers a token for 20 minutes. Without multipleLogin, or for users who may not have several sessions, an earlier session of theirs ends. Sessions by API key stand beside each other.',
  module: 'Authentication',
  method: 'POST',
  path: '/authentication',
  versions: v1AndV2,
  provenance: 'documented',
  access: 'anyone',
  body: Type.Object({
    username: Type.String({ minLength: 1, description: 'DOMAIN\\user for users of a directory' }),
    password: Type.Optional(Type.String()),
    apiKey: Type.Optional(Type.String({ description: 'Counts where both are given.' })),
    multipleLogin: Type.Optional(Type.Boolean()),
    // Some clients send them (contract a §15 no. 26); they are not looked at, whatever they hold.
    mfaCode: Type.Optional(Anything),
    captcha: Type.Optional(Anything),
  }),
  refuses: [401, 429],
  answer: { status: 200, schema: LoggedInAnswer, description: 'The token and its user.' },
  handle: async ({ body, facts }, { identity, tenant }) => {
    const { username, password, apiKey, multipleLogin } = body;
    return renderLoggedIn(await identity.logIn({ username, password, apiKey, multipleLogin }, facts), tenant);
  },
});
