import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { ProcessRun, ProcessRunState } from '../../../domain/processes/index.ts';
import { type ClientCall, workspaceOperation } from '../../operation.ts';
import { readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { declared, path, readsRuns, renderRun } from './declared.ts';

const RunShown = Type.Object({ id: Type.String(), state: Type.String() }, { additionalProperties: true });
/** What the vendor's client asks for when it does not say. */
const STANDARD_LIMIT = 10;
const Limit = Type.Optional(Type.Number());

const STATES: Readonly<Record<string, ProcessRunState>> = {
  INI: 'new',
  IND: 'new',
  IP: 'in_progress',
  PENDING: 'unresolved',
  COMPL: 'completed',
};

type Client = ClientCall<never, never, never>['client'];

const listProcesses = workspaceOperation({
  ...declared,
  name: 'listLegacyProcesses',
  summary: 'List processes',
  method: 'GET',
  path: `${path}/processes`,
  access: { workspace: 'Processes.read_processes' },
  params: inWorkspace(),
  answer: {
    status: 200,
    schema: Type.Object({ data: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })) }),
    description: 'Up to a thousand.',
  },
  handle: async ({ client }, { processes }) => {
    const { rows } = await processes.list(client, readStretch({ limit: 1_000 }));
    return { data: rows.map(({ id, name }) => ({ id, name })) };
  },
});

const listAllRuns = workspaceOperation({
  ...declared,
  name: 'listLegacyProcessRuns',
  summary: 'List the runs of all processes, the newest first',
  method: 'GET',
  path: `${path}/pruns`,
  access: readsRuns,
  params: inWorkspace(),
  query: Type.Object({ state: Type.Optional(Type.String({ maxLength: 20 })), limit: Limit }),
  answer: { status: 200, schema: Type.Array(RunShown), description: 'A bare list.' },
  handle: async ({ client, query }, domain) => {
    const state = query.state === undefined ? undefined : STATES[query.state.toUpperCase()];
    // A word that no run of ours has.
    if (query.state !== undefined && query.state !== '' && !state) return [];
    const wanted = readStretch({ limit: query.limit ?? STANDARD_LIMIT });
    return shown(client, (await domain.processes.runs.list(client, { state }, wanted)).rows, domain);
  },
});

const listRuns = workspaceOperation({
  ...declared,
  name: 'listLegacyRuns',
  summary: 'List the runs of a process, the newest first',
  method: 'GET',
  path: `${path}/processes/{processId}/runs`,
  access: readsRuns,
  params: inWorkspace('processId'),
  query: Type.Object({ limit: Limit }),
  answer: { status: 200, schema: Type.Object({ data: Type.Array(RunShown) }), description: 'Without paging.' },
  handle: async ({ client, params, query }, domain) => {
    const { id: processId } = await domain.processes.get(client, params.processId);
    const wanted = readStretch({ limit: query.limit ?? STANDARD_LIMIT });
    return {
      data: await shown(client, (await domain.processes.runs.list(client, { processId }, wanted)).rows, domain),
    };
  },
});

const getRun = workspaceOperation({
  ...declared,
  name: 'getLegacyRun',
  summary: 'Read a run',
  method: 'GET',
  path: `${path}/processes/{processId}/runs/{processRunId}`,
  access: readsRuns,
  params: inWorkspace('processId', 'processRunId'),
  answer: { status: 200, schema: RunShown, description: 'The run.' },
  handle: async ({ client, params }, domain) => {
    const run = await domain.processes.runs.getOf(client, params.processId, params.processRunId);
    return (await shown(client, [run], domain))[0];
  },
});

export const runReadOperations = [listProcesses, listAllRuns, listRuns, getRun];

async function shown(client: Client, runs: readonly ProcessRun[], { processes }: Domain): Promise<object[]> {
  const figures = await processes.runs.figures(runs.map(({ id }) => id));
  return runs.map((run, i) =>
    renderRun(run, figures[i] ?? { total: 0, failed: 0, succeeded: 0, stepRunIds: [] }, client.workspace.uuid),
  );
}
