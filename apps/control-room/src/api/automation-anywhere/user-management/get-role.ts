import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayViewRoles, ROLE } from './access.ts';
import { RoleAnswer, renderRole } from './render.ts';

export const getRole = operation({
  ...common,
  name: 'getRole',
  summary: 'Read a role',
  method: 'GET',
  path: '/usermanagement/roles/{id}',
  provenance: 'documented',
  access: mayViewRoles,
  objects: ROLE,
  params: ids('id'),
  answer: { status: 200, schema: RoleAnswer, description: 'The role, with its members and permissions.' },
  handle: async ({ params }, { identity, tenant }) => renderRole(await identity.roles.get(params.id), tenant),
});
