import { Type } from 'typebox';
import { processRunAsShown } from '../../../domain/processes/index.ts';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { declared, ProcessRunShown, State } from './declared.ts';

const shared = {
  ...declared,
  summary: 'List process runs, the newest first',
  method: 'GET',
  access: { workspace: 'Processes.read_runs' },
  answer: { status: 200, schema: pageOf(ProcessRunShown), description: 'One page.' },
} as const;

const listProcessRuns = workspaceOperation({
  ...shared,
  name: 'listProcessRuns',
  path: '/workspaces/{workspaceId}/process-runs',
  params: inWorkspace(),
  query: Type.Object({
    process_id: Type.Optional(Type.String({ maxLength: 100 })),
    state: Type.Optional(State),
    ...pageQuery,
  }),
  handle: async ({ client, query, facts }, { processes, publicUrl }) => {
    const wanted = { processId: query.process_id, state: query.state };
    return page(await processes.runs.list(client, wanted, readStretch(query)), processRunAsShown, facts, publicUrl());
  },
});

const listRunsOfProcess = workspaceOperation({
  ...shared,
  name: 'listRunsOfProcess',
  path: '/workspaces/{workspaceId}/processes/{processId}/process-runs',
  params: inWorkspace('processId'),
  query: Type.Object({ state: Type.Optional(State), ...pageQuery }),
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) => {
    const { id } = await processes.get(client, params.processId);
    const wanted = { processId: id, state: query.state };
    return page(await processes.runs.list(client, wanted, readStretch(query)), processRunAsShown, facts, publicUrl());
  },
});

export const processRunLists = [listProcessRuns, listRunsOfProcess];
