import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayManageRoles, ROLE } from './access.ts';
import { RoleAnswer, renderRole } from './render.ts';

export const deleteRole = operation({
  ...common,
  name: 'deleteRole',
  summary: 'Delete a role',
  description: 'Refused for roles of the system, and for one that is the only role of somebody.',
  method: 'DELETE',
  path: '/usermanagement/roles/{id}',
  provenance: 'observed',
  access: mayManageRoles,
  objects: ROLE,
  params: ids('id'),
  // Not 204: a client parses the body and tests for 200 (contract a §3.4).
  answer: { status: 200, schema: RoleAnswer, description: 'The role that was.' },
  handle: async ({ caller, params }, { identity, tenant }) =>
    renderRole(await identity.roles.remove(caller, params.id), tenant),
});
