import { Type } from 'typebox';
import type { RobotSecret } from '../../../domain/vault/index.ts';
import { operation } from '../../operation.ts';
import {
  inWorkspace,
  WorkspaceParams,
  declared as workspaceDeclared,
  workspaceParams,
} from '../workspaces/declared.ts';

/* What the robots of a workspace read, for its members. Values go in here and never come out. */

const declared = { ...workspaceDeclared, ...inWorkspace, module: 'Robot Secrets' } as const;

const Shown = Type.Object({
  name: Type.String(),
  description: Type.String(),
  keys: Type.Array(Type.String()),
  updatedOn: Type.String(),
});
const params = workspaceParams({ name: Type.String({ maxLength: 500 }) });

const render = ({ updatedOn, ...secret }: RobotSecret): object => ({ ...secret, updatedOn: updatedOn.toString() });

const listSecrets = operation({
  ...declared,
  name: 'listRobotSecrets',
  summary: 'List the secrets of a workspace',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/secrets',
  params: WorkspaceParams,
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(Shown) }),
    description: 'All of them, without values.',
  },
  handle: async ({ caller, params: { workspaceId } }, { workspaces, vault }) => ({
    list: (await vault.robotSecrets.list(await workspaces.enter(caller, workspaceId))).map(render),
  }),
});

const showSecret = operation({
  ...declared,
  name: 'showRobotSecret',
  summary: 'Read the keys of a secret',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/secrets/{name}',
  params,
  answer: { status: 200, schema: Shown, description: 'The secret, without values.' },
  handle: async ({ caller, params: { workspaceId, name } }, { workspaces, vault }) =>
    render(await vault.robotSecrets.get(await workspaces.enter(caller, workspaceId), name)),
});

const writeSecret = operation({
  ...declared,
  name: 'writeRobotSecret',
  summary: 'Make a secret, or replace all that it holds',
  description: 'Values that are no texts keep their type.',
  method: 'PUT',
  path: '/signalbox/v1/workspaces/{workspaceId}/secrets/{name}',
  params,
  body: Type.Object({
    description: Type.Optional(Type.String({ maxLength: 255 })),
    values: Type.Object({}, { additionalProperties: true, description: 'By their keys.' }),
  }),
  refuses: [409],
  answer: { status: 200, schema: Shown, description: 'The secret, without values.' },
  handle: async ({ caller, params: { workspaceId, name }, body }, { workspaces, vault }) => {
    const member = await workspaces.enter(caller, workspaceId);
    await vault.robotSecrets.put(member, name, { description: body.description, value: body.values });
    return render(await vault.robotSecrets.get(member, name));
  },
});

const deleteSecret = operation({
  ...declared,
  name: 'deleteRobotSecret',
  summary: 'Delete a secret',
  description: 'The credential behind it is deleted.',
  method: 'DELETE',
  path: '/signalbox/v1/workspaces/{workspaceId}/secrets/{name}',
  params,
  answer: { status: 204 },
  handle: async ({ caller, params: { workspaceId, name } }, { workspaces, vault }) =>
    vault.robotSecrets.remove(await workspaces.enter(caller, workspaceId), name),
});

export const secretExtensionOperations = [listSecrets, showSecret, writeSecret, deleteSecret];
