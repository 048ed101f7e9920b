import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayViewUsers, USER } from './access.ts';
import { renderUserDetail, UserAnswer } from './render.ts';

export const getUser = operation({
  ...common,
  name: 'getUser',
  summary: 'Read a user',
  method: 'GET',
  path: '/usermanagement/users/{id}',
  provenance: 'documented',
  access: mayViewUsers,
  objects: USER,
  params: ids('id'),
  answer: { status: 200, schema: UserAnswer, description: 'The user, with what he may do.' },
  handle: async ({ params }, { identity }) => renderUserDetail(await identity.users.detail(params.id)),
});
