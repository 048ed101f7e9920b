import { Type } from 'typebox';
import type { AccessCredential } from '../../../domain/workspaces/index.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { declared, Name } from './declared.ts';

/* With what a user's own tools (a command-line tool, an editor, an assistant) sign in. Everybody's own only. */

const shown = {
  id: Type.Integer(),
  identifier: Type.String(),
  name: Type.String(),
  lastUsedOn: Type.Union([Type.String(), Type.Null()]),
  createdOn: Type.String(),
};
const Shown = Type.Object(shown);

function render({ lastUsedOn, createdOn, ...credential }: AccessCredential): object {
  return { ...credential, lastUsedOn: lastUsedOn?.toString() ?? null, createdOn: createdOn.toString() };
}

const listAccessCredentials = operation({
  ...declared,
  name: 'listAccessCredentials',
  summary: 'List one’s own access credentials',
  method: 'GET',
  path: '/signalbox/v1/access-credentials',
  answer: { status: 200, schema: Type.Object({ list: Type.Array(Shown) }), description: 'All of them, without texts.' },
  handle: async ({ caller }, { workspaces }) => ({ list: (await workspaces.credentials.list(caller)).map(render) }),
});

const createAccessCredential = operation({
  ...declared,
  name: 'createAccessCredential',
  summary: 'Make an access credential of one’s own',
  description: 'Its text is in this answer only. Behind it a tool may write `:` and the address of this server.',
  method: 'POST',
  path: '/signalbox/v1/access-credentials',
  body: Type.Object({ name: Name }),
  answer: {
    status: 201,
    schema: Type.Object({ ...shown, credential: Type.String() }),
    description: 'The credential, and the text that a tool is given.',
  },
  handle: async ({ caller, body }, { workspaces }) => {
    const { text, ...credential } = await workspaces.credentials.create(caller, body.name);
    return { ...render(credential), credential: text };
  },
});

const deleteAccessCredential = operation({
  ...declared,
  name: 'deleteAccessCredential',
  summary: 'Delete an access credential of one’s own',
  description: 'The tokens that were given out for it end with it.',
  method: 'DELETE',
  path: '/signalbox/v1/access-credentials/{id}',
  objects: { id: { kind: 'accessCredential', visibleTo: 'shared' } },
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { workspaces }) => workspaces.credentials.remove(caller, params.id),
});

export const accessCredentialOperations = [listAccessCredentials, createAccessCredential, deleteAccessCredential];
