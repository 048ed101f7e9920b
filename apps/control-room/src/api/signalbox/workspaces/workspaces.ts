import { Type } from 'typebox';
import type { Workspace } from '../../../domain/workspaces/index.ts';
import { operation } from '../../operation.ts';
import { declared, inWorkspace, Name, WorkspaceParams } from './declared.ts';

const Shown = Type.Object({ id: Type.String(), name: Type.String(), createdOn: Type.String() });
const Organization = Type.Object({ id: Type.String(), name: Type.String() });

const render = ({ uuid, name, createdOn }: Workspace): object => ({ id: uuid, name, createdOn: createdOn.toString() });

const listWorkspaces = operation({
  ...declared,
  name: 'listWorkspaces',
  summary: 'List the workspaces one belongs to',
  method: 'GET',
  path: '/signalbox/v1/workspaces',
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(Shown) }),
    description: 'The first is the one in which the wire of Automation Anywhere works.',
  },
  handle: async ({ caller }, { workspaces }) => ({ list: (await workspaces.list(caller)).map(render) }),
});

const createWorkspace = operation({
  ...declared,
  name: 'createWorkspace',
  summary: 'Make a workspace',
  description: 'Whoever makes it owns it.',
  method: 'POST',
  path: '/signalbox/v1/workspaces',
  access: { anyOf: ['system.administer'] },
  body: Type.Object({ name: Name }),
  answer: { status: 201, schema: Shown, description: 'The workspace.' },
  handle: async ({ caller, body }, { workspaces }) => render(await workspaces.create(caller, body.name)),
});

const renameWorkspace = operation({
  ...declared,
  ...inWorkspace,
  name: 'renameWorkspace',
  summary: 'Rename a workspace',
  method: 'PUT',
  path: '/signalbox/v1/workspaces/{workspaceId}',
  params: WorkspaceParams,
  body: Type.Object({ name: Name }),
  answer: { status: 200, schema: Shown, description: 'The workspace.' },
  handle: async ({ caller, params, body }, { workspaces }) =>
    render(await workspaces.rename(caller, params.workspaceId, body.name)),
});

const renameOrganization = operation({
  ...declared,
  name: 'renameOrganization',
  summary: 'Name the organisation that all workspaces belong to',
  method: 'PUT',
  path: '/signalbox/v1/organization',
  access: { anyOf: ['system.administer'] },
  body: Type.Object({ name: Name }),
  answer: { status: 200, schema: Organization, description: 'The organisation. Its id is the installation’s.' },
  handle: ({ caller, body }, { workspaces }) => workspaces.renameOrganization(caller, body.name),
});

export const workspaceOperations = [listWorkspaces, createWorkspace, renameWorkspace, renameOrganization];
