import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { ClientCall } from '../../operation.ts';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Moment, moment, Reference } from '../wire.ts';
import { FileShown, renderFiles } from '../work-items/declared.ts';
import { declared } from './declared.ts';

const Output = Type.Object({
  id: Type.String(),
  created_at: Moment,
  process: Reference,
  process_run: Reference,
  payload: Type.Unknown(),
  files: Type.Array(FileShown),
});

const shared = {
  ...declared,
  summary: 'List what the last step of a run has made',
  method: 'GET',
  access: { workspace: 'Processes.read_work_items' },
  answer: { status: 200, schema: pageOf(Output), description: 'One page, the oldest first.' },
} as const;

const listRunOutputs = workspaceOperation({
  ...shared,
  name: 'listRunOutputs',
  path: '/workspaces/{workspaceId}/process-runs/{processRunId}/outputs',
  params: inWorkspace('processRunId'),
  query: Type.Object(pageQuery),
  handle: ({ client, params, query, facts }, domain) => outputsOf(client, params.processRunId, query, facts, domain),
});

const listOutputs = workspaceOperation({
  ...shared,
  name: 'listOutputs',
  path: '/workspaces/{workspaceId}/outputs',
  params: inWorkspace(),
  query: Type.Object({ process_run_id: Type.String({ maxLength: 100 }), ...pageQuery }),
  handle: ({ client, query, facts }, domain) => outputsOf(client, query.process_run_id, query, facts, domain),
});

export const outputLists = [listRunOutputs, listOutputs];

async function outputsOf(
  client: ClientCall<never, never, never>['client'],
  processRunId: string,
  query: { limit?: number; cursor?: string },
  facts: ClientCall<never, never, never>['facts'],
  domain: Domain,
): Promise<object> {
  const { id: runId } = await domain.processes.runs.get(client, processRunId);
  const outputs = await domain.processes.items.outputs(client, runId, readStretch(query));
  const files = new Map<number, object[]>();
  for (const item of outputs.rows) files.set(item.id, await renderFiles(item.files, facts, domain));
  return page(
    outputs,
    (item) => ({
      id: String(item.id),
      created_at: moment(item.createdOn),
      process: { id: item.processId },
      process_run: { id: runId },
      payload: item.payload,
      files: files.get(item.id) ?? [],
    }),
    facts,
    domain.publicUrl(),
  );
}
