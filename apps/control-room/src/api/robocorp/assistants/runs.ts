import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Text } from '../wire.ts';
import { declared, RunShown, reads, renderRun } from './declared.ts';

export const listAssistantRuns = workspaceOperation({
  ...declared,
  name: 'listAssistantRuns',
  summary: 'List the runs of assistants',
  description: 'The newest first.',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assistant-runs',
  access: reads,
  params: inWorkspace(),
  query: Type.Object({ assistant_id: Type.Optional(Text), ...pageQuery }),
  answer: { status: 200, schema: pageOf(RunShown), description: 'One page.' },
  handle: async ({ client, query, facts }, { assistants, publicUrl }) => {
    const runs = await assistants.runs.list(client, query.assistant_id || undefined, readStretch(query));
    return page(runs, renderRun, facts, publicUrl());
  },
});

export const listRunsOfAssistant = workspaceOperation({
  ...declared,
  name: 'listRunsOfAssistant',
  summary: 'List the runs of one assistant',
  description: 'The newest first.',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assistants/{assistant}/assistant-runs',
  access: reads,
  params: inWorkspace('assistant'),
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(RunShown), description: 'One page.' },
  handle: async ({ client, params, query, facts }, { assistants, publicUrl }) => {
    const { id } = await assistants.get(client, params.assistant);
    return page(await assistants.runs.list(client, id, readStretch(query)), renderRun, facts, publicUrl());
  },
});

export const getAssistantRun = workspaceOperation({
  ...declared,
  name: 'getAssistantRun',
  summary: 'Read a run of an assistant',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assistant-runs/{run}',
  access: reads,
  params: inWorkspace('run'),
  answer: { status: 200, schema: RunShown, description: 'The run.' },
  handle: async ({ client, params }, { assistants }) => renderRun(await assistants.runs.get(client, params.run)),
});
