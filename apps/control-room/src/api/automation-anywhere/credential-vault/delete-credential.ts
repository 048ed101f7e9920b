import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { CREDENTIAL, MODULE, mayUseCredentials } from './access.ts';

export const deleteCredential = operation({
  name: 'deleteCredential',
  summary: 'Delete a credential with all its values',
  description: 'By its owner, or an owner or manager of its locker.',
  module: MODULE,
  method: 'DELETE',
  path: '/credentialvault/credentials/{id}',
  versions: v2Only,
  provenance: 'inferred',
  access: mayUseCredentials,
  objects: CREDENTIAL,
  params: ids('id'),
  // Contract a §15 no. 17: this one answers 200.
  answer: { status: 200 },
  handle: async ({ caller, params }, { vault }) => {
    await vault.credentials.remove(caller, params.id);
    // Clients that read JSON want some (contract a §1.3).
    return {};
  },
});
