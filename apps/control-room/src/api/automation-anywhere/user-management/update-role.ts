import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayManageRoles, ROLE } from './access.ts';
import { RoleAnswer, renderRole } from './render.ts';
import { RoleChangeBody, readRoleSettings } from './role-body.ts';

export const updateRole = operation({
  ...common,
  name: 'updateRole',
  summary: 'Change a role',
  description:
    'What the body does not name stays. With a version, a stale one is refused. It counts for its members at once.',
  method: 'PUT',
  path: '/usermanagement/roles/{id}',
  provenance: 'documented',
  access: mayManageRoles,
  objects: ROLE,
  params: ids('id'),
  body: RoleChangeBody,
  answer: { status: 200, schema: RoleAnswer, description: 'The role as it is now.' },
  handle: async ({ caller, params, body }, { identity, tenant }) =>
    renderRole(await identity.roles.update(caller, params.id, readRoleSettings(body), body.version), tenant),
});
