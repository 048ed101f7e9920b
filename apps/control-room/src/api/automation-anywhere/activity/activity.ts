import { Type } from 'typebox';
import type { Run } from '../../../domain/runs/index.ts';
import { operation, type Version } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { AnyObject } from '../wire.ts';

/* The activity record: what ran, or runs (contract a §10). */

const MODULE = 'Bot Execution Orchestrator';
const v2AndV3: readonly Version[] = [{ name: 'v2' }, { name: 'v3' }];
const v1AndV3: readonly Version[] = [{ name: 'v1', provenance: 'observed' }, { name: 'v3' }];
const RunAnswer = Type.Object(
  { id: Type.String(), status: Type.String(), fileId: Type.String(), deploymentId: Type.String() },
  { additionalProperties: true },
);

export const listActivity = operation({
  name: 'listActivity',
  summary: 'List current and finished runs',
  description: 'One’s own; those of others need the right everyoneschedule.',
  module: MODULE,
  method: 'POST',
  path: '/activity/list',
  versions: v2AndV3,
  provenance: 'documented',
  access: 'caller',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(RunAnswer), description: 'One page of runs.' },
  handle: async ({ caller, body }, { runs, tenant }) => {
    const request = readListRequest(body);
    return renderList(await runs.activity.list(caller, request), request, (run) => renderRun(run, tenant.tenantUuid));
  },
});

export const getExecution = operation({
  name: 'getExecution',
  summary: 'Read one run with its outputs',
  module: MODULE,
  method: 'GET',
  path: '/activity/execution/{id}',
  versions: v1AndV3,
  provenance: 'documented',
  access: 'caller',
  objects: { id: { kind: 'run', visibleTo: 'shared' } },
  params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
  answer: {
    status: 200,
    schema: Type.Intersect([RunAnswer, Type.Object({ botOutVariables: Type.Object({ values: AnyObject }) })]),
    description: 'The run. Outputs of real-time calls went to their callers and are not kept.',
  },
  handle: async ({ caller, params }, { runs, tenant }) => {
    const run = await runs.activity.get(caller, params.id);
    return { ...renderRun(run, tenant.tenantUuid), botOutVariables: { values: run.outputs ?? {} } };
  },
});

/** Ids are texts, and a time that is not there yet is an empty one (contract a §10.2). */
function renderRun(run: Run, tenantUuid: string): object {
  const done = run.endedOn !== null;
  const fileName = run.filePath.slice(run.filePath.lastIndexOf('\\') + 1);
  return {
    id: run.id,
    automationId: '0',
    automationName: run.automationName,
    activityName: run.automationName,
    deploymentId: run.deploymentId ?? '',
    fileId: String(run.fileId),
    fileName,
    filePath: run.filePath,
    currentBotName: fileName,
    status: run.status,
    progress: done ? 100 : 0,
    type: 'RUN_NOW',
    initiationType: run.kind === 'REAL_TIME' ? 'API_TASK_REAL_TIME' : 'API_TASK_ON_DEMAND',
    startDateTime: run.startedOn?.toString() ?? '',
    endDateTime: run.endedOn?.toString() ?? '',
    deviceId: '',
    deviceName: '',
    userId: String(run.userId),
    userName: run.userName,
    currentLine: run.errorLine ?? 0,
    totalLines: 0,
    message: run.message,
    error: { message: run.message, details: run.errorPath === null ? '' : `${run.errorPath}, line ${run.errorLine}` },
    createdBy: String(run.createdBy),
    createdOn: run.createdOn.toString(),
    modifiedBy: String(run.createdBy),
    modifiedOn: (run.endedOn ?? run.startedOn ?? run.createdOn).toString(),
    duration: run.startedOn && run.endedOn ? run.endedOn.since(run.startedOn).toString() : '',
    canManage: false,
    usingRdp: false,
    runElevated: false,
    queueId: '',
    queueName: '',
    tenantUuid,
  };
}
