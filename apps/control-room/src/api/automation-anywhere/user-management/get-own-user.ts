import { operation } from '../../operation.ts';
import { common } from './access.ts';
import { renderUserDetail, UserAnswer } from './render.ts';

export const getOwnUser = operation({
  ...common,
  name: 'getOwnUser',
  summary: 'Read oneself',
  method: 'GET',
  path: '/usermanagement/users/self',
  provenance: 'observed',
  access: 'caller',
  answer: { status: 200, schema: UserAnswer, description: 'The user of the token, with what he may do.' },
  handle: async ({ caller }, { identity }) => renderUserDetail(await identity.users.detail(caller.userId)),
});
