import { operation } from '../../operation.ts';
import { common, mayManageRoles } from './access.ts';
import { RoleAnswer, renderRole } from './render.ts';
import { RoleBody, readRoleSettings } from './role-body.ts';

export const createRole = operation({
  ...common,
  name: 'createRole',
  summary: 'Create a role',
  method: 'POST',
  path: '/usermanagement/roles',
  provenance: 'documented',
  access: mayManageRoles,
  body: RoleBody,
  answer: { status: 201, schema: RoleAnswer, description: 'The role.' },
  handle: async ({ caller, body }, { identity, tenant }) =>
    renderRole(
      await identity.roles.create(caller, {
        ...readRoleSettings(body),
        name: body.name,
        permissions: body.permissions,
      }),
      tenant,
    ),
});
