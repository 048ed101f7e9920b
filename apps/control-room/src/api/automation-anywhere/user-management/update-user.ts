import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { common, mayUpdateUsers, USER } from './access.ts';
import { renderUserDetail, UserAnswer } from './render.ts';
import { readUserSettings, UserChangeBody } from './user-body.ts';

export const updateUser = operation({
  ...common,
  name: 'updateUser',
  summary: 'Change a user',
  description:
    'What the body does not name stays. With a version, a stale one is refused. Disabling a user ends his sessions.',
  method: 'PUT',
  path: '/usermanagement/users/{id}',
  provenance: 'documented',
  access: mayUpdateUsers,
  objects: USER,
  params: ids('id'),
  body: UserChangeBody,
  answer: { status: 200, schema: UserAnswer, description: 'The user as he is now.' },
  handle: async ({ caller, params, body }, { identity }) =>
    renderUserDetail(await identity.users.update(caller, params.id, readUserSettings(body), body.version)),
});
