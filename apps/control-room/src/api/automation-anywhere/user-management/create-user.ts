import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Anything } from '../wire.ts';
import { common, mayCreateUsers } from './access.ts';
import { renderUserDetail, UserAnswer } from './render.ts';
import { readUserSettings, UserBody } from './user-body.ts';

export const createUser = operation({
  ...common,
  name: 'createUser',
  summary: 'Create a user',
  description: 'Local users need a password. No mail is sent, with or without ?noemail=true.',
  method: 'POST',
  path: '/usermanagement/users',
  provenance: 'documented',
  access: mayCreateUsers,
  query: Type.Object({ noemail: Type.Optional(Anything) }),
  body: UserBody,
  answer: { status: 201, schema: UserAnswer, description: 'The user.' },
  handle: async ({ caller, body }, { identity }) => {
    const settings = readUserSettings(body);
    return renderUserDetail(
      await identity.users.create(caller, { ...settings, username: body.username, roleIds: settings.roleIds ?? [] }),
    );
  },
});
