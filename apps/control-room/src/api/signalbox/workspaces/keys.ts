import { Type } from 'typebox';
import { WORKSPACE_PERMISSIONS, type WorkspaceKey } from '../../../domain/workspaces/index.ts';
import { Id } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { declared, inWorkspace, Name, WorkspaceParams, workspaceParams } from './declared.ts';

/* Keys of a workspace: what programs show as `Authorization: RC-WSKEY <key>`. By owners of the workspace. */

const shown = {
  id: Type.Integer(),
  name: Type.String(),
  permissions: Type.Array(Type.Enum([...WORKSPACE_PERMISSIONS])),
  revealable: Type.Boolean({ description: 'Its text was kept and can be shown again.' }),
  uses: Type.Integer(),
  lastUsedOn: Type.Union([Type.String(), Type.Null()]),
  createdBy: Type.Integer(),
  createdOn: Type.String(),
  updatedOn: Type.String(),
};
const Shown = Type.Object(shown);
const Permissions = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 100,
  description: 'Full names, or the short ones of old pages: read_runs.',
});
const keyParams = workspaceParams({ id: Id });

function render({ lastUsedOn, createdOn, updatedOn, ...key }: WorkspaceKey): object {
  return {
    ...key,
    lastUsedOn: lastUsedOn?.toString() ?? null,
    createdOn: createdOn.toString(),
    updatedOn: updatedOn.toString(),
  };
}

const listKeys = operation({
  ...declared,
  ...inWorkspace,
  name: 'listWorkspaceKeys',
  summary: 'List the keys of a workspace',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/keys',
  params: WorkspaceParams,
  answer: { status: 200, schema: Type.Object({ list: Type.Array(Shown) }), description: 'All of them, without texts.' },
  handle: async ({ caller, params }, { workspaces }) => {
    const client = await workspaces.enter(caller, params.workspaceId, 'OWNER');
    return { list: (await workspaces.keys.list(client)).map(render) };
  },
});

const createKey = operation({
  ...declared,
  ...inWorkspace,
  name: 'createWorkspaceKey',
  summary: 'Make a key of a workspace',
  description: 'Its text is in this answer only, unless it is made revealable.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/keys',
  params: WorkspaceParams,
  body: Type.Object({ name: Name, permissions: Permissions, revealable: Type.Optional(Type.Boolean()) }),
  answer: { status: 201, schema: Type.Object({ ...shown, key: Type.String() }), description: 'The key and its text.' },
  handle: async ({ caller, params, body }, { workspaces }) => {
    const { text, ...key } = await workspaces.keys.create(
      await workspaces.enter(caller, params.workspaceId, 'OWNER'),
      body,
    );
    return { ...render(key), key: text };
  },
});

const updateKey = operation({
  ...declared,
  ...inWorkspace,
  name: 'updateWorkspaceKey',
  summary: 'Change the name or the permissions of a key',
  method: 'PUT',
  path: '/signalbox/v1/workspaces/{workspaceId}/keys/{id}',
  params: keyParams,
  body: Type.Object({ name: Type.Optional(Name), permissions: Type.Optional(Permissions) }),
  answer: { status: 200, schema: Shown, description: 'The key.' },
  handle: async ({ caller, params, body }, { workspaces }) =>
    render(await workspaces.keys.update(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.id, body)),
});

const deleteKey = operation({
  ...declared,
  ...inWorkspace,
  name: 'deleteWorkspaceKey',
  summary: 'Delete a key',
  description: 'It opens nothing any more, at any server, when this has answered.',
  method: 'DELETE',
  path: '/signalbox/v1/workspaces/{workspaceId}/keys/{id}',
  params: keyParams,
  answer: { status: 204 },
  handle: async ({ caller, params }, { workspaces }) =>
    workspaces.keys.remove(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.id),
});

const revealKey = operation({
  ...declared,
  ...inWorkspace,
  name: 'revealWorkspaceKey',
  summary: 'Show the text of a key again',
  description: 'Of one that was made revealable. That it was shown is recorded first.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/keys/{id}/reveal',
  params: keyParams,
  // Never kept under an Idempotency-Key: that would keep the text.
  reads: true,
  refuses: [412],
  answer: { status: 200, schema: Type.Object({ key: Type.String() }), description: 'The text.' },
  handle: async ({ caller, params }, { workspaces }) => ({
    key: await workspaces.keys.reveal(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.id),
  }),
});

export const keyOperations = [listKeys, createKey, updateKey, deleteKey, revealKey];
