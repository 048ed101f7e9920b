import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { v2Only } from '../wire.ts';
import { common, mayViewRoles } from './access.ts';
import { PermissionAnswer, renderPermission } from './render.ts';

export const listPermissions = operation({
  ...common,
  name: 'listPermissions',
  summary: 'List all permissions that a role can hold',
  method: 'POST',
  path: '/usermanagement/permissions/list',
  versions: v2Only,
  provenance: 'extension',
  access: mayViewRoles,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(PermissionAnswer), description: 'One page of the vocabulary.' },
  handle: async ({ body }, { identity }) => {
    const request = readListRequest(body);
    return renderList(await identity.permissions(request), request, renderPermission);
  },
});
