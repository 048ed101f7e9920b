import { Type } from 'typebox';
import { AnyObject } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';

const common = { module: 'Identity', versions: [{ name: '' }], provenance: 'extension' } as const;

export const readJwks = operation({
  ...common,
  name: 'jwks',
  summary: 'The public keys that tokens are signed with',
  description: 'RFC 7517. A key that was retired stays for as long as a token lives.',
  method: 'GET',
  path: '/.well-known/jwks.json',
  access: 'anyone',
  answer: { status: 200, schema: Type.Object({ keys: Type.Array(AnyObject) }), description: 'The keys.' },
  handle: (_call, { identity }) => identity.signingKeys.jwks(),
});

export const rotateSigningKey = operation({
  ...common,
  name: 'rotateSigningKey',
  summary: 'Sign tokens with a new key from now on',
  description: 'Tokens signed with the old one stay valid for their 20 minutes.',
  method: 'POST',
  path: '/signalbox/v1/signing-keys',
  access: { anyOf: ['system.administer'] },
  answer: { status: 201, schema: Type.Object({ kid: Type.String() }), description: 'The new key’s id.' },
  handle: async ({ caller }, { identity }) => ({ kid: await identity.signingKeys.rotate(caller) }),
});
