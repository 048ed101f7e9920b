import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { declared, inWorkspace, WorkspaceParams } from '../workspaces/declared.ts';

const Shown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  tasks: Type.Array(Type.String()),
  number: Type.Union([Type.Integer({ description: 'Which version, from 1.' }), Type.Null()]),
  size: Type.Union([Type.Integer(), Type.Null()]),
  sha256: Type.Union([Type.String(), Type.Null()]),
  createdOn: Type.String(),
  uploadedOn: Type.Union([Type.String(), Type.Null()]),
});

export const listTaskPackages = operation({
  ...declared,
  ...inWorkspace,
  name: 'listTaskPackages',
  summary: 'List the task packages of a workspace',
  module: 'Task Packages',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/task-packages',
  params: WorkspaceParams,
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(Shown) }),
    description: 'All of them, each with its newest version.',
  },
  handle: async ({ caller, params }, { workspaces, taskPackages }) => {
    const list = await taskPackages.list(await workspaces.enter(caller, params.workspaceId));
    return {
      list: list.map(({ sha256, createdOn, uploadedOn, ...one }) => ({
        ...one,
        sha256: sha256?.toString('hex') ?? null,
        createdOn: createdOn.toString(),
        uploadedOn: uploadedOn?.toString() ?? null,
      })),
    };
  },
});
