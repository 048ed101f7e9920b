import { operation } from '../../operation.ts';
import { ids, v1AndV2 } from '../wire.ts';
import { CREDENTIAL, MODULE, mayUseCredentials } from './access.ts';
import { Consumed } from './credential-body.ts';
import { CredentialAnswer, renderCredential } from './render.ts';

export const getCredential = operation({
  name: 'getCredential',
  summary: 'Read a credential',
  description: 'Its attributes, never their values. Consumers see it by its id, whether they say consumed or not.',
  module: MODULE,
  method: 'GET',
  path: '/credentialvault/credentials/{id}',
  versions: v1AndV2,
  provenance: 'documented',
  access: mayUseCredentials,
  objects: CREDENTIAL,
  params: ids('id'),
  query: Consumed,
  answer: { status: 200, schema: CredentialAnswer, description: 'The credential.' },
  handle: async ({ caller, params }, { vault }) => renderCredential(await vault.credentials.get(caller, params.id)),
});
