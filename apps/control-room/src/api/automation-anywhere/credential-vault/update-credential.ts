import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { CREDENTIAL, MODULE, mayUseCredentials } from './access.ts';
import { CredentialChangeBody } from './credential-body.ts';
import { CredentialAnswer, renderCredential } from './render.ts';

export const updateCredential = operation({
  name: 'updateCredential',
  summary: 'Change a credential',
  description:
    'By its owner, or an owner or manager of its locker. What the body does not name stays; with a version, a stale one is refused. While an attribute has values it cannot be unmasked.',
  module: MODULE,
  method: 'PUT',
  path: '/credentialvault/credentials/{id}',
  versions: v2Only,
  provenance: 'documented',
  access: mayUseCredentials,
  objects: CREDENTIAL,
  params: ids('id'),
  body: CredentialChangeBody,
  answer: { status: 200, schema: CredentialAnswer, description: 'The credential as it is now.' },
  handle: async ({ caller, params, body }, { vault }) => {
    const { version, ...changes } = body;
    return renderCredential(await vault.credentials.update(caller, params.id, changes, version));
  },
});
