import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayDeleteUsers, USER } from './access.ts';
import { renderUser, UserAnswer } from './render.ts';

export const deleteUser = operation({
  ...common,
  name: 'deleteUser',
  summary: 'Delete a user',
  description: 'Nobody deletes himself or the last administrator. The name may be given again.',
  method: 'DELETE',
  path: '/usermanagement/users/{id}',
  provenance: 'documented',
  access: mayDeleteUsers,
  objects: USER,
  params: ids('id'),
  // Not 204: two clients break on an empty body (contract a §16 no. 3).
  answer: { status: 200, schema: UserAnswer, description: 'The user that was.' },
  handle: async ({ caller, params }, { identity }) => renderUser(await identity.users.remove(caller, params.id)),
});
