import { Type } from 'typebox';
import { LOCKER_PERMISSIONS, type LockerPermission } from '../../../domain/vault/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { LOCKER, MODULE, mayUseCredentials } from './access.ts';
import { allOf } from './render.ts';

/** Contract a §4.5; the words of the permissions are documented, the shape of the answer is not (§15 no. 7). */
const common = { module: MODULE, versions: v2Only, access: mayUseCredentials, provenance: 'documented' } as const;
const path = '/credentialvault/lockers/{id}/members';
const MEMBER = { ...LOCKER, userId: { kind: 'user', visibleTo: 'everyone' } } as const;

export const listLockerMembers = operation({
  ...common,
  name: 'listLockerMembers',
  summary: "List a locker's members",
  description: 'For owners, managers and participants.',
  method: 'GET',
  path,
  objects: LOCKER,
  params: ids('id'),
  answer: {
    status: 200,
    schema: allOf(Type.Object({ id: Type.String(), permissions: Type.Array(Type.String()) })),
    description: 'Users, and what they are in it.',
  },
  handle: async ({ caller, params }, { vault }) => {
    const members = await vault.membership.members(caller, params.id);
    return { list: members.map(({ id, permissions }) => ({ id: String(id), permissions })) };
  },
});

export const putLockerMember = operation({
  ...common,
  name: 'putLockerMember',
  summary: 'Say what a user is in a locker',
  description: `By its owners. Some of ${LOCKER_PERMISSIONS.join(', ')}; an owner may consume, but is not also manager or participant. admin means own.`,
  method: 'PUT',
  path: `${path}/{userId}`,
  objects: MEMBER,
  params: ids('id', 'userId'),
  body: Type.Object({ permissions: Type.Array(Type.String(), { maxItems: 20 }) }),
  answer: { status: 204 },
  handle: ({ caller, params, body }, { vault }) =>
    vault.membership.putMember(caller, params.id, params.userId, body.permissions.map(readPermission)),
});

export const removeLockerMember = operation({
  ...common,
  name: 'removeLockerMember',
  summary: 'Remove a member from a locker',
  description: 'By its owners; the last owner stays.',
  method: 'DELETE',
  path: `${path}/{userId}`,
  objects: MEMBER,
  params: ids('id', 'userId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { vault }) => vault.membership.removeMember(caller, params.id, params.userId),
});

/** `admin` is among the documented words; what it has over `own` is not said anywhere. [inferred] */
function readPermission(word: string): LockerPermission {
  const wanted = word.trim().toLowerCase();
  const known = LOCKER_PERMISSIONS.find((permission) => permission === (wanted === 'admin' ? 'own' : wanted));
  if (known) return known;
  throw error('invalid', `There is no permission "${word.slice(0, 50)}" in lockers.`, {
    details: `expected some of ${LOCKER_PERMISSIONS.join(', ')}, admin`,
  });
}
