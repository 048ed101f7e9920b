import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { common, mayViewUsers } from './access.ts';
import { renderUser, UserAnswer } from './render.ts';

export const listUsers = operation({
  ...common,
  name: 'listUsers',
  summary: 'List users',
  method: 'POST',
  path: '/usermanagement/users/list',
  provenance: 'documented',
  access: mayViewUsers,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(UserAnswer), description: 'One page of users.' },
  handle: async ({ body }, { identity }) => {
    const request = readListRequest(body);
    return renderList(await identity.users.list(request), request, renderUser);
  },
});
