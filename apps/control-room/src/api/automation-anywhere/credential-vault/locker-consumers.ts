import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Id, ids, v2Only } from '../wire.ts';
import { LOCKER, MODULE, mayUseCredentials } from './access.ts';
import { allOf } from './render.ts';

/** Contract a §4.5. */
const common = { module: MODULE, versions: v2Only, access: mayUseCredentials, provenance: 'documented' } as const;
const path = '/credentialvault/lockers/{id}/consumers';
const Consumer = Type.Object({ id: Type.String({ description: 'of a role' }) });

export const listLockerConsumers = operation({
  ...common,
  name: 'listLockerConsumers',
  summary: "List the roles that consume a locker's values",
  description: 'For owners, managers and participants.',
  method: 'GET',
  path,
  objects: LOCKER,
  params: ids('id'),
  answer: { status: 200, schema: allOf(Consumer), description: 'Roles.' },
  handle: async ({ caller, params }, { vault }) => {
    const roles = await vault.membership.consumers(caller, params.id);
    return { list: roles.map((id) => ({ id: String(id) })) };
  },
});

export const addLockerConsumer = operation({
  ...common,
  name: 'addLockerConsumer',
  summary: "Let a role consume a locker's values",
  description: 'By its owners. Roles that were made here, not system roles. The role comes as id or roleId.',
  method: 'POST',
  path,
  objects: LOCKER,
  params: ids('id'),
  body: Type.Object({ id: Type.Optional(Id), roleId: Type.Optional(Id) }),
  answer: { status: 201, schema: Consumer, description: 'The role.' },
  handle: async ({ caller, params, body }, { vault }) => {
    const roleId = body.id ?? body.roleId;
    if (roleId === undefined)
      throw error('invalid', 'The request names no role.', { details: 'expected id or roleId' });
    await vault.membership.addConsumer(caller, params.id, roleId);
    return { id: String(roleId) };
  },
});

export const removeLockerConsumer = operation({
  ...common,
  name: 'removeLockerConsumer',
  summary: "Let a role consume a locker's values no longer",
  description: 'By its owners.',
  method: 'DELETE',
  path: `${path}/{roleId}`,
  objects: { ...LOCKER, roleId: { kind: 'role', visibleTo: 'everyone' } },
  params: ids('id', 'roleId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { vault }) => vault.membership.removeConsumer(caller, params.id, params.roleId),
});
