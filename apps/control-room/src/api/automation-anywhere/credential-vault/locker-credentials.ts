import { operation } from '../../operation.ts';
import { readListRequest } from '../listing.ts';
import { AnyObject, ids, v2Only } from '../wire.ts';
import { LOCKER, MODULE, mayUseCredentials } from './access.ts';
import { allOf, CredentialAnswer, renderCredential } from './render.ts';

/** Contract a §4.5. */
const common = { module: MODULE, versions: v2Only, access: mayUseCredentials } as const;
const path = '/credentialvault/lockers/{id}/credentials';
const BOTH = { ...LOCKER, credentialId: { kind: 'credential', visibleTo: 'shared' } } as const;

export const listLockerCredentials = operation({
  ...common,
  name: 'listLockerCredentials',
  summary: 'List the credentials in a locker',
  description: 'All for owners, managers and consumers; participants see their own.',
  method: 'GET',
  path,
  provenance: 'documented',
  objects: LOCKER,
  params: ids('id'),
  answer: { status: 200, schema: allOf(CredentialAnswer), description: 'The credentials.' },
  handle: async ({ caller, params }, { vault }) => {
    const { id: lockerId } = await vault.lockers.get(caller, params.id);
    const page = await vault.credentials.list(caller, readListRequest({ page: { length: 10_000 } }), {
      consumed: true,
      lockerId,
    });
    return { list: page.rows.map(renderCredential) };
  },
});

export const putLockerCredential = operation({
  ...common,
  name: 'putLockerCredential',
  summary: 'Put a credential into a locker',
  description: 'By its owner, who is at least a participant of the locker. A credential is in at most one.',
  method: 'PUT',
  path: `${path}/{credentialId}`,
  provenance: 'observed',
  objects: BOTH,
  params: ids('id', 'credentialId'),
  // Clients repeat the two ids in it, or send nothing.
  body: AnyObject,
  answer: { status: 200, schema: CredentialAnswer, description: 'The credential.' },
  handle: async ({ caller, params }, { vault }) =>
    renderCredential(await vault.contents.put(caller, params.id, params.credentialId)),
});

export const takeLockerCredential = operation({
  ...common,
  name: 'takeLockerCredential',
  summary: 'Take a credential out of a locker',
  description: 'By its owner, or an owner or manager of the locker.',
  method: 'DELETE',
  path: `${path}/{credentialId}`,
  provenance: 'documented',
  objects: BOTH,
  params: ids('id', 'credentialId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { vault }) => vault.contents.take(caller, params.id, params.credentialId),
});
