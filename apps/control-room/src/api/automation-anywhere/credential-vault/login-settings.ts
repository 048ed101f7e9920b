import { Type } from 'typebox';
import { type Operation, operation } from '../../operation.ts';
import { v1Only, v2Only } from '../wire.ts';
import { MODULE, mayAdminister, mayUseCredentials } from './access.ts';

/** The account of a user at the devices that run in his name (contract a §4.7). The answer is a bare JSON text. */

const Password = Type.String({ maxLength: 16_384 });
const Name = Type.String({ minLength: 1, maxLength: 512 });

function own(name: string, method: 'POST' | 'PUT', word: string, status: number): Operation {
  return operation({
    name,
    summary: "Set a user's login at devices",
    description:
      'Everybody his own; those of others need the right to administer the system. POST and PUT do the same.',
    module: MODULE,
    method,
    path: '/credentialvault/loginsetting',
    versions: v2Only,
    provenance: 'observed',
    access: mayUseCredentials,
    body: Type.Object({ username: Type.Optional(Type.String()), loginUsername: Name, loginPassword: Password }),
    answer: { status, schema: Type.String(), description: `Credentials ${word} for whom.` },
    handle: async ({ caller, body }, { vault }) =>
      `Credentials ${word} for ${await vault.loginSettings.put(caller, body)}`,
  });
}

export const createLoginSetting = own('createLoginSetting', 'POST', 'created', 201);
export const updateLoginSetting = own('updateLoginSetting', 'PUT', 'updated', 200);

const external = {
  module: MODULE,
  path: '/credentialvault/external/credentials/loginsetting',
  versions: v1Only,
  provenance: 'documented',
  access: mayAdminister,
} as const;

function putExternal(name: string, method: 'POST' | 'PUT', word: string, status: number): Operation {
  return operation({
    ...external,
    name,
    summary: "Set a user's login at devices, for an outside program",
    method,
    body: Type.Object({ Username: Name, Windows_Username: Name, Windows_Password: Password }),
    answer: { status, schema: Type.String(), description: `Credentials ${word} for whom.` },
    handle: async ({ caller, body }, { vault }) => {
      const username = await vault.loginSettings.put(caller, {
        username: body.Username,
        loginUsername: body.Windows_Username,
        loginPassword: body.Windows_Password,
      });
      return `Credentials ${word} for ${username}`;
    },
  });
}

export const createExternalLoginSetting = putExternal('createExternalLoginSetting', 'POST', 'created', 201);
export const updateExternalLoginSetting = putExternal('updateExternalLoginSetting', 'PUT', 'updated', 200);

export const deleteExternalLoginSetting = operation({
  ...external,
  name: 'deleteExternalLoginSetting',
  summary: "Delete a user's login at devices",
  description: 'The user stands in the body or in the query.',
  method: 'DELETE',
  query: Type.Object({ username: Type.Optional(Type.String()) }),
  body: Type.Object({ Username: Type.Optional(Type.String()) }),
  answer: { status: 200, schema: Type.String(), description: 'Credentials deleted for whom.' },
  handle: async ({ caller, query, body }, { vault }) =>
    `Credentials deleted for ${await vault.loginSettings.remove(caller, body.Username ?? query.username)}`,
});
