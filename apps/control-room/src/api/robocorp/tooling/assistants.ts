import { Type } from 'typebox';
import { encryptForTool, readToolKey, type StartedRun } from '../../../domain/assistants/index.ts';
import type { Domain } from '../../../domain/index.ts';
import type { WorkspaceName } from '../../../domain/workspaces/index.ts';
import { operation, workspaceOperation } from '../../operation.ts';
import { originOf } from '../../origin.ts';
import { linkTo } from '../links.ts';
import { inWorkspace, unversioned } from '../wire.ts';

/* Contract robocorp §9.2: how the tool on somebody's computer runs an assistant. Its token comes as `RC_WST <token>`. */

const declared = { module: 'Tools', versions: unversioned, provenance: 'observed' } as const;
const access = { workspace: 'Tool.run_assistants' } as const;
const runParams = inWorkspace('assistant', 'run');
const Nothing = Type.Object({});
/** More than anybody starts by hand. */
const MOST_LISTED = 1_000;

const listAssistantsForTool = workspaceOperation({
  ...declared,
  name: 'listAssistantsByTool',
  summary: 'List the assistants that a tool may run',
  method: 'GET',
  path: '/assistant-v1/workspaces/{workspaceId}/assistants',
  access,
  params: inWorkspace(),
  answer: {
    status: 200,
    schema: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), taskName: Type.String() })),
    description: 'All of them.',
  },
  handle: async ({ client }, { assistants }) => {
    const { rows } = await assistants.list(client, { limit: MOST_LISTED, after: undefined });
    return rows.map(({ id, name, taskName }) => ({ id, name, taskName }));
  },
});

const startAssistantRun = workspaceOperation({
  ...declared,
  name: 'startAssistantRunByTool',
  summary: 'Begin a run of an assistant',
  description: 'What it is to run and with which secrets is encrypted for the key that the tool sends.',
  method: 'POST',
  path: '/assistant-v1/workspaces/{workspaceId}/assistants/{assistant}/runs',
  access,
  params: inWorkspace('assistant'),
  body: Type.Object({
    encryption: Type.Object({ scheme: Type.String(), publicKey: Type.String({ maxLength: 10_000 }) }),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      encryption: Type.Object({ iv: Type.String(), atag: Type.String(), encryptedAESKey: Type.String() }),
      payload: Type.String(),
    }),
    description: 'The run, for the tool’s eyes only.',
  },
  handle: async ({ client, params, body, facts }, domain) => {
    // Before anything is begun: nobody could read the answer.
    const key = readToolKey(body.encryption.scheme, body.encryption.publicKey);
    const run = await domain.assistants.runs.start(client, params.assistant);
    const origin = originOf(facts, domain.publicUrl());
    return encryptForTool(key, {
      id: run.id,
      config: {
        environment: environmentOf(run, client.workspace, origin),
        artifactPostURL: `${origin}/assistant-v1/artifacts/${run.artifactKey}`,
      },
      robot: { id: run.packageId, task: run.taskName, sha256: run.sha256.toString('hex') },
    });
  },
});

/** What the libraries of a robot look for (contract robocorp §8.1), as far as it has to do with secrets and assets. */
function environmentOf({ token }: StartedRun, { uuid }: WorkspaceName, origin: string): Record<string, string> {
  return {
    RC_WORKSPACE_ID: uuid,
    RC_API_SECRET_HOST: origin,
    RC_API_SECRET_TOKEN: token,
    RC_API_URL_V1: `${origin}/v1/`,
    RC_API_TOKEN_V1: token,
  };
}

const beatAssistantRun = workspaceOperation({
  ...declared,
  name: 'beatAssistantRunByTool',
  summary: 'Tell that the run of an assistant goes on',
  description: 'One that is not heard of for four minutes has failed.',
  method: 'POST',
  path: '/assistant-v1/workspaces/{workspaceId}/assistants/{assistant}/runs/{run}/heartbeat',
  access,
  params: runParams,
  body: Type.Object({ seq: Type.Optional(Type.Unknown()) }),
  answer: { status: 200, schema: Nothing, description: 'It was heard.' },
  handle: async ({ client, params }, { assistants }) => {
    await assistants.runs.heartbeat(client, params.assistant, params.run);
    return {};
  },
});

const completeAssistantRun = workspaceOperation({
  ...declared,
  name: 'completeAssistantRunByTool',
  summary: 'Tell how the run of an assistant has ended',
  method: 'PUT',
  path: '/assistant-v1/workspaces/{workspaceId}/assistants/{assistant}/runs/{run}/complete',
  access,
  params: runParams,
  body: Type.Object({
    result: Type.String({ description: 'OK, or anything else where it has failed.' }),
    error: Type.Optional(Type.String({ description: 'Why it has failed.' })),
  }),
  answer: { status: 200, schema: Nothing, description: 'It is kept.' },
  handle: async ({ client, params, body }, { assistants }) => {
    const failed = !/^\s*(ok|pass|success)\s*$/i.test(body.result);
    await assistants.runs.complete(client, params.assistant, params.run, { failed, code: body.error ?? '' });
    return {};
  },
});

const announceArtifact = operation({
  ...declared,
  name: 'announceAssistantArtifact',
  summary: 'Ask where a file of an assistant’s run is sent',
  description: 'At the address that the run was begun with, which stands for a credential.',
  method: 'POST',
  path: '/assistant-v1/artifacts/{artifactKey}',
  access: 'anyone',
  params: Type.Object({ artifactKey: Type.String({ maxLength: 200 }) }),
  body: Type.Object({ fileName: Type.String(), fileSize: Type.Optional(Type.Unknown()) }),
  answer: {
    status: 200,
    schema: Type.Object({
      response: Type.Object({
        artifactId: Type.String(),
        postInfo: Type.Object({ url: Type.String(), fields: Type.Record(Type.String(), Type.String()) }),
      }),
    }),
    description: 'A form, good for an hour.',
  },
  handle: async ({ params, body, facts }, domain: Domain) => {
    const { id, ticket } = await domain.assistants.artifacts.announce(params.artifactKey, body.fileName);
    const url = await linkTo(Promise.resolve(ticket), facts, domain);
    return { response: { artifactId: id, postInfo: { url, fields: {} } } };
  },
});

export const assistantToolOperations = [
  listAssistantsForTool,
  startAssistantRun,
  beatAssistantRun,
  completeAssistantRun,
  announceArtifact,
];
