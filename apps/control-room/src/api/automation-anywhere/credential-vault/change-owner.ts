import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { CREDENTIAL, MODULE, mayUseCredentials } from './access.ts';
import { CredentialAnswer, renderCredential } from './render.ts';

export const changeCredentialOwner = operation({
  name: 'changeCredentialOwner',
  summary: 'Give a credential to another owner',
  description:
    'By its owner. Also by who administers lockers, for owners who are gone; then its standard values are deleted, for he may not come to read them.',
  module: MODULE,
  method: 'PUT',
  path: '/credentialvault/credentials/{id}/owner/{ownerId}',
  versions: v2Only,
  provenance: 'documented',
  access: mayUseCredentials,
  objects: { ...CREDENTIAL, ownerId: { kind: 'user', visibleTo: 'everyone' } },
  params: ids('id', 'ownerId'),
  answer: { status: 200, schema: CredentialAnswer, description: 'The credential.' },
  handle: async ({ caller, params }, { vault }) =>
    renderCredential(await vault.credentials.changeOwner(caller, params.id, params.ownerId)),
});
