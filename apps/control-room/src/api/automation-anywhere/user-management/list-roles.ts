import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { common, mayViewRoles } from './access.ts';
import { RoleAnswer, renderRole } from './render.ts';

export const listRoles = operation({
  ...common,
  name: 'listRoles',
  summary: 'List roles',
  method: 'POST',
  path: '/usermanagement/roles/list',
  provenance: 'documented',
  access: mayViewRoles,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(RoleAnswer), description: 'One page of roles.' },
  handle: async ({ body }, { identity, tenant }) => {
    const request = readListRequest(body);
    return renderList(await identity.roles.list(request), request, (role) => renderRole(role, tenant));
  },
});
