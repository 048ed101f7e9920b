import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { originOf } from '../../origin.ts';
import { inWorkspace, declared as ofWorkspaces, workspaceParams } from '../workspaces/declared.ts';

/* What the vendor has on its page only. */

const declared = { ...ofWorkspaces, ...inWorkspace, module: 'Assistants' } as const;
const Uuid = Type.String({ maxLength: 100 });

const deleteAssistant = operation({
  ...declared,
  name: 'deleteAssistant',
  summary: 'Delete an assistant with its runs',
  method: 'DELETE',
  path: '/signalbox/v1/workspaces/{workspaceId}/assistants/{assistantId}',
  params: workspaceParams({ assistantId: Uuid }),
  answer: { status: 204 },
  handle: async ({ caller, params }, { workspaces, assistants }) =>
    assistants.remove(await workspaces.enter(caller, params.workspaceId), params.assistantId),
});

const listAssistantArtifacts = operation({
  ...declared,
  name: 'listAssistantArtifacts',
  summary: 'List the files that the run of an assistant has left behind',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/assistant-runs/{runId}/artifacts',
  params: workspaceParams({ runId: Uuid }),
  answer: {
    status: 200,
    schema: Type.Object({
      list: Type.Array(
        Type.Object({
          id: Type.String(),
          name: Type.String(),
          size: Type.Integer(),
          createdOn: Type.String(),
          url: Type.String({ description: 'Where it is fetched; good for an hour, without a token.' }),
        }),
      ),
    }),
    description: 'All of them.',
  },
  handle: async ({ caller, params, facts }, { workspaces, assistants, publicUrl }) => {
    const client = await workspaces.enter(caller, params.workspaceId);
    const list = await assistants.artifacts.list(client, params.runId);
    const origin = originOf(facts, publicUrl());
    return {
      list: await Promise.all(
        list.map(async ({ createdOn, ...file }) => ({
          ...file,
          createdOn: createdOn.toString(),
          url: `${origin}/transfers/${await assistants.artifacts.contentTicket(file.id)}`,
        })),
      ),
    };
  },
});

export const assistantExtensionOperations = [deleteAssistant, listAssistantArtifacts];
