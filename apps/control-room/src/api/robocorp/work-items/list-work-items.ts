import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { declared, ListedItem, reads, renderListed, State } from './declared.ts';

const shared = {
  ...declared,
  summary: 'List work items, the oldest first',
  method: 'GET',
  access: reads,
  answer: { status: 200, schema: pageOf(ListedItem), description: 'One page, without payloads and files.' },
} as const;
const nestedQuery = Type.Object({ state: Type.Optional(State), ...pageQuery });

const listWorkItems = workspaceOperation({
  ...shared,
  name: 'listProcessWorkItems',
  path: '/workspaces/{workspaceId}/work-items',
  params: inWorkspace(),
  query: Type.Object({
    process_id: Type.Optional(Type.String({ maxLength: 100 })),
    process_run_id: Type.Optional(Type.String({ maxLength: 100 })),
    state: Type.Optional(State),
    ...pageQuery,
  }),
  handle: async ({ client, query, facts }, { processes, publicUrl }) => {
    const filter = { processId: query.process_id, processRunId: query.process_run_id, state: query.state };
    return page(await processes.items.list(client, filter, readStretch(query)), renderListed, facts, publicUrl());
  },
});

const listWorkItemsOfProcess = workspaceOperation({
  ...shared,
  name: 'listWorkItemsOfProcess',
  path: '/workspaces/{workspaceId}/processes/{processId}/work-items',
  params: inWorkspace('processId'),
  query: nestedQuery,
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) => {
    const { id: processId } = await processes.get(client, params.processId);
    const filter = { processId, state: query.state };
    return page(await processes.items.list(client, filter, readStretch(query)), renderListed, facts, publicUrl());
  },
});

const listWorkItemsOfRun = workspaceOperation({
  ...shared,
  name: 'listWorkItemsOfRun',
  path: '/workspaces/{workspaceId}/process-runs/{processRunId}/work-items',
  params: inWorkspace('processRunId'),
  query: nestedQuery,
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) => {
    const { id: processRunId } = await processes.runs.get(client, params.processRunId);
    const filter = { processRunId, state: query.state };
    return page(await processes.items.list(client, filter, readStretch(query)), renderListed, facts, publicUrl());
  },
});

export const workItemLists = [listWorkItems, listWorkItemsOfProcess, listWorkItemsOfRun];
