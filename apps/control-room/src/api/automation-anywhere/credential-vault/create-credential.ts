import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayUseCredentials } from './access.ts';
import { CredentialBody } from './credential-body.ts';
import { CredentialAnswer, renderCredential } from './render.ts';

export const createCredential = operation({
  name: 'createCredential',
  summary: 'Create a credential',
  description: 'Whoever creates it owns it. Values are set apart, with the call for attribute values.',
  module: MODULE,
  method: 'POST',
  path: '/credentialvault/credentials',
  versions: v2Only,
  provenance: 'documented',
  access: mayUseCredentials,
  body: CredentialBody,
  answer: { status: 201, schema: CredentialAnswer, description: 'The credential.' },
  handle: async ({ caller, body }, { vault }) => renderCredential(await vault.credentials.create(caller, body)),
});
