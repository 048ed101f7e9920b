import { Type } from 'typebox';
import { WORKER_STATES } from '../../../domain/fleet/index.ts';
import { operation } from '../../operation.ts';
import { inWorkspace, WorkspaceParams, declared as workspaceDeclared } from '../workspaces/declared.ts';

/* For people, who hold no key of the workspace. */

const declared = { ...workspaceDeclared, ...inWorkspace, module: 'Workers', params: WorkspaceParams } as const;

const listWorkspaceWorkers = operation({
  ...declared,
  name: 'listWorkspaceWorkers',
  summary: 'List the workers of a workspace, with their machines and groups',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/workers',
  answer: {
    status: 200,
    schema: Type.Object({
      list: Type.Array(
        Type.Object({
          id: Type.String(),
          name: Type.String(),
          state: Type.Enum([...WORKER_STATES]),
          hostName: Type.String(),
          os: Type.String(),
          agentVersion: Type.String(),
          capacity: Type.Integer(),
          groups: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
          runtimeId: Type.Union([Type.String(), Type.Null()], { description: 'Of one that was made on demand.' }),
        }),
      ),
    }),
    description: 'All of them.',
  },
  handle: async ({ caller, params }, { workspaces, fleet }) => ({
    list: await fleet.workers.details(await workspaces.enter(caller, params.workspaceId)),
  }),
});

const STANDARD_MINUTES = 60;

const issueWorkerLinkToken = operation({
  ...declared,
  name: 'issueWorkerLinkToken',
  summary: 'Make a token by which one worker links itself',
  description: 'By owners. A runner registers with it once. Its text is in this answer only.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/workers/link-tokens',
  body: Type.Object({ minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 43_200 })) }),
  answer: {
    status: 201,
    schema: Type.Object({ token: Type.String(), expiresOn: Type.String() }),
    description: `The token. It is good for ${STANDARD_MINUTES} minutes unless said otherwise.`,
  },
  handle: async ({ caller, params, body: { minutes = STANDARD_MINUTES } }, { workspaces, fleet }) => {
    const owner = await workspaces.enter(caller, params.workspaceId, 'OWNER');
    const { text, expiresOn } = await fleet.linkTokens.createForWorker(owner, { minutes });
    return { token: text, expiresOn: expiresOn.toString() };
  },
});

export const workerOperationsOfPeople = [listWorkspaceWorkers, issueWorkerLinkToken];
