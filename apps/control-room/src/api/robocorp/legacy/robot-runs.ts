import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { StepRun } from '../../../domain/processes/index.ts';
import { type ClientCall, Content, workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { readStretch } from '../paging.ts';
import { inWorkspace, moment, momentOrNull } from '../wire.ts';
import { declared, path, readsOutputs, readsRuns } from './declared.ts';

const runPath = `${path}/processes/{processId}/runs/{processRunId}/robotRuns`;
const onePath = `${runPath}/{stepRunId}`;
const params = inWorkspace('processId', 'processRunId', 'stepRunId');
const AnyShown = Type.Object({}, { additionalProperties: true });
const Limited = Type.Object({ limit: Type.Optional(Type.Number()) });

const listRobotRuns = workspaceOperation({
  ...declared,
  name: 'listLegacyRobotRuns',
  summary: 'List the robot runs of a run',
  method: 'GET',
  path: runPath,
  access: readsRuns,
  params: inWorkspace('processId', 'processRunId'),
  query: Limited,
  answer: { status: 200, schema: Type.Array(AnyShown), description: 'A bare list.' },
  handle: async ({ client, params: { processId, processRunId }, query }, { processes }) => {
    const run = await processes.runs.getOf(client, processId, processRunId);
    return (await processes.stepRuns.list(client, run.id, readStretch(query))).rows.map(render);
  },
});

const getRobotRun = workspaceOperation({
  ...declared,
  name: 'getLegacyRobotRun',
  summary: 'Read a robot run',
  method: 'GET',
  path: onePath,
  access: readsRuns,
  params,
  answer: { status: 200, schema: AnyShown, description: 'The robot run.' },
  handle: async ({ client, params: given }, { processes }) => render(await find(client, given, processes)),
});

const listRobotRunEvents = workspaceOperation({
  ...declared,
  name: 'listLegacyRobotRunEvents',
  summary: 'List what has befallen a robot run',
  method: 'GET',
  path: `${onePath}/events`,
  access: readsOutputs,
  params,
  answer: { status: 200, schema: Type.Array(AnyShown), description: 'A bare list.' },
  handle: async ({ client, params: given }, { processes }) => {
    const { id } = await find(client, given, processes);
    const { rows } = await processes.stepRuns.events(client, id, readStretch({}));
    return rows.map(({ number, timestamp, type }) => ({
      seqNo: number,
      timestamp: moment(timestamp),
      eventType: type,
      data: null,
    }));
  },
});

const listRobotRunMessages = workspaceOperation({
  ...declared,
  name: 'listLegacyRobotRunMessages',
  summary: 'List what a robot has said',
  method: 'GET',
  path: `${onePath}/messages`,
  access: readsOutputs,
  params,
  query: Limited,
  answer: { status: 200, schema: Type.Array(AnyShown), description: 'A bare list.' },
  handle: async ({ client, params: given, query }, { processes }) => {
    const { id } = await find(client, given, processes);
    const { rows } = await processes.stepRuns.messages(client, id, readStretch(query));
    return rows.map(({ number, timestamp, message }) => ({ seqNo: number, message, timestamp: moment(timestamp) }));
  },
});

const listRobotRunArtifacts = workspaceOperation({
  ...declared,
  name: 'listLegacyArtifacts',
  summary: 'List the files that a robot left',
  description: 'The odd spelling of the size is the vendor’s; the even one is beside it.',
  method: 'GET',
  path: `${onePath}/artifacts`,
  access: readsOutputs,
  params,
  answer: { status: 200, schema: Type.Array(AnyShown), description: 'A bare list.' },
  handle: async ({ client, params: given }, { processes }) => {
    const { id: runId } = await find(client, given, processes);
    const { rows } = await processes.stepRuns.artifacts(client, runId, readStretch({ limit: 1_000 }));
    return rows.map(({ id, name, size }) => ({ id, fileName: name, fileSIze: size, fileSize: size }));
  },
});

const getRobotRunArtifact = workspaceOperation({
  ...declared,
  name: 'getLegacyArtifact',
  summary: 'Where a file is fetched that a robot left',
  method: 'GET',
  path: `${onePath}/artifacts/{artifactId}/{fileName}`,
  access: readsOutputs,
  params: inWorkspace('processId', 'processRunId', 'stepRunId', 'artifactId', 'fileName'),
  answer: { status: 200, schema: Type.String(), description: 'The address, as a JSON text.' },
  handle: async ({ client, params: given, facts }, domain) => {
    const { id } = await find(client, given, domain.processes);
    const { ticket } = await domain.processes.stepRuns.artifact(client, id, given.artifactId);
    const url = await linkTo(Promise.resolve(ticket), facts, domain);
    return new Content(JSON.stringify(url), 'application/json; charset=utf-8');
  },
});

export const robotRunOperations = [
  listRobotRuns,
  getRobotRun,
  listRobotRunEvents,
  listRobotRunMessages,
  listRobotRunArtifacts,
  getRobotRunArtifact,
];

/** @throws notFound, also for a robot run of another run */
async function find(
  client: ClientCall<never, never, never>['client'],
  given: { readonly processId: string; readonly processRunId: string; readonly stepRunId: string },
  processes: Domain['processes'],
): Promise<StepRun> {
  const run = await processes.runs.getOf(client, given.processId, given.processRunId);
  return processes.stepRuns.getOf(client, run.id, given.stepRunId);
}

function render(run: StepRun): object {
  const state = { new: 'INI', awaiting_worker: 'INI', in_progress: 'IP', completed: 'COMPL', failed: 'COMPL' }[
    run.state
  ];
  return {
    id: run.id,
    state,
    result: run.state === 'completed' ? 'success' : run.state === 'failed' ? 'error' : null,
    errorCode: run.error?.code ?? null,
    activityId: run.step.id,
    activityName: run.step.name,
    startTs: momentOrNull(run.startedOn),
    endTs: momentOrNull(run.endedOn),
    duration: run.duration,
  };
}
