import { Type } from 'typebox';
import { MEMBER_ROLES } from '../../../domain/workspaces/index.ts';
import { Id } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { declared, inWorkspace, WorkspaceParams, workspaceParams } from './declared.ts';

const Role = Type.Enum([...MEMBER_ROLES], {
  description: 'MEMBER: works with everything in it. OWNER: changes its keys and members too.',
});

const listMembers = operation({
  ...declared,
  ...inWorkspace,
  name: 'listWorkspaceMembers',
  summary: 'List who belongs to a workspace',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/members',
  params: WorkspaceParams,
  answer: {
    status: 200,
    schema: Type.Object({
      list: Type.Array(Type.Object({ userId: Type.Integer(), username: Type.String(), role: Role })),
    }),
    description: 'All of them. Administrators of the installation need not be in it.',
  },
  handle: async ({ caller, params }, { workspaces }) => ({
    list: await workspaces.members(caller, params.workspaceId),
  }),
});

const setMember = operation({
  ...declared,
  ...inWorkspace,
  name: 'setWorkspaceMember',
  summary: 'Take a user into a workspace, or change what he may there',
  method: 'PUT',
  path: '/signalbox/v1/workspaces/{workspaceId}/members/{userId}',
  params: workspaceParams({ userId: Id }),
  body: Type.Object({ role: Role }),
  answer: { status: 204 },
  handle: ({ caller, params, body }, { workspaces }) =>
    workspaces.setMember(caller, params.workspaceId, params.userId, body.role),
});

const removeMember = operation({
  ...declared,
  ...inWorkspace,
  name: 'removeWorkspaceMember',
  summary: 'Take a user out of a workspace',
  method: 'DELETE',
  path: '/signalbox/v1/workspaces/{workspaceId}/members/{userId}',
  params: workspaceParams({ userId: Id }),
  answer: { status: 204 },
  handle: ({ caller, params }, { workspaces }) =>
    workspaces.setMember(caller, params.workspaceId, params.userId, undefined),
});

export const memberOperations = [listMembers, setMember, removeMember];
