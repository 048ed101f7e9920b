import { Type } from 'typebox';
import { activityIdOf, PRIORITIES, type RunWithOutputs } from '../../../domain/runs/index.ts';

/* How a run looks on the wire (contract a §10.2). Ids are texts, and a time that is not there yet is an empty one. */

export const RunAnswer = Type.Object(
  { id: Type.String(), status: Type.String(), fileId: Type.String(), deploymentId: Type.String() },
  { additionalProperties: true },
);

export function renderRun(run: RunWithOutputs, tenantUuid: string): object {
  const fileName = nameOf(run.filePath, '\\');
  return {
    id: activityIdOf(run.id),
    automationId: String(run.automationId),
    automationName: run.automationName,
    activityName: run.automationName,
    automationPriority: PRIORITIES[run.priority] ?? 'PRIORITY_MEDIUM',
    botLabel: run.botLabel,
    deploymentId: run.deploymentId ?? '',
    fileId: String(run.fileId),
    fileName,
    filePath: run.filePath,
    currentBotName: run.currentBot === null ? fileName : nameOf(run.currentBot, '/'),
    status: run.status,
    command: run.command ?? '',
    progress: run.percent,
    currentLine: run.errorLine ?? run.currentLine,
    totalLines: run.totalLines,
    type: typeOf(run),
    initiationType: initiationOf(run),
    startDateTime: run.startedOn?.toString() ?? '',
    endDateTime: run.endedOn?.toString() ?? '',
    duration: run.startedOn && run.endedOn ? run.endedOn.since(run.startedOn).toString() : '',
    deviceId: textOf(run.deviceId),
    deviceName: run.deviceName,
    userId: String(run.userId),
    userName: run.userName,
    message: run.message,
    error: { message: run.message, details: placeOf(run) },
    createdBy: String(run.createdBy),
    createdOn: run.createdOn.toString(),
    modifiedBy: String(run.modifiedBy ?? run.createdBy),
    modifiedOn: (run.modifiedOn ?? run.endedOn ?? run.startedOn ?? run.createdOn).toString(),
    canManage: run.mayManage && run.kind !== 'REAL_TIME',
    // That there is one, not where it leads: its address and headers may hold secrets.
    callbackInfo: run.hasCallback ? 'set' : '',
    usingRdp: run.usingRdp,
    runElevated: run.runElevated,
    queueId: '',
    queueName: '',
    scheduleId: run.triggerType === 'SCHEDULE' ? run.triggerId : '',
    jobUniqueId: run.id,
    isMigrated: false,
    botOutVariables: { values: run.outputs ?? {} },
    tenantUuid,
  };
}

/** The same run by the names of the older history (contract a §10.6): both tools that read it index every key. */
export function renderHistory(run: RunWithOutputs, tenantUuid: string): object {
  return {
    ...renderRun(run, tenantUuid),
    jobId: String(run.automationId),
    jobName: run.automationName,
    jobType: typeOf(run),
    jobFilePath: run.filePath,
    jobExecutionStatus: run.status,
    jobExecutionDetails: run.message,
    username: run.userName,
    rdpEnabled: run.usingRdp,
    source: initiationOf(run),
    tenantId: '1',
  };
}

function typeOf({ triggerType }: RunWithOutputs): string {
  if (triggerType === 'SCHEDULE') return 'SCHEDULED';
  return triggerType === 'TRIGGER' ? 'TRIGGERED' : 'RUN_NOW';
}

function initiationOf({ kind, triggerType }: RunWithOutputs): string {
  if (kind === 'REAL_TIME') return 'API_TASK_REAL_TIME';
  if (kind === 'ON_DEMAND') return 'API_TASK_ON_DEMAND';
  return triggerType === '' ? kind : triggerType;
}

function placeOf({ errorPath, errorLine }: RunWithOutputs): string {
  return errorPath === null ? '' : `${errorPath}, line ${errorLine}`;
}

function nameOf(path: string, separator: string): string {
  return path.slice(path.lastIndexOf(separator) + 1);
}

function textOf(id: number | null): string {
  return id === null ? '' : String(id);
}
