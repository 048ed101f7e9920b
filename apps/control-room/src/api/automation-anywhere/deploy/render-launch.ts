import type { Launch } from '../../../domain/launches/index.ts';
import type { Callback } from '../../../domain/runs/index.ts';

/** A deployment that is kept for later, as the newest call would send it (contract a §9.3). */
export function renderLaunch(launch: Launch): object {
  const { target } = launch;
  return {
    ...(target.kind === 'PROCESS' ? {} : { botId: String(launch.fileId) }),
    automationName: launch.automationName ?? '',
    description: launch.description ?? '',
    botLabel: launch.botLabel ?? '',
    automationPriority: launch.priority ?? 'PRIORITY_MEDIUM',
    runElevated: launch.runElevated ?? false,
    hideBotAgentUi: launch.hideAgentUi ?? false,
    botInput: launch.botInput,
    callbackInfo: shownCallback(launch.callback),
    ...renderTarget(target),
  };
}

function renderTarget(target: Launch['target']): object {
  switch (target.kind) {
    case 'UNATTENDED':
      return {
        unattendedRequest: {
          runAsUserIds: target.runAsUserIds.map(String),
          poolIds: target.poolIds.map(String),
          deviceUsageType: target.deviceUsage,
          ...(target.usersToUse === undefined ? {} : { numOfRunAsUsersToUse: target.usersToUse }),
        },
      };
    case 'ATTENDED':
      return {
        attendedRequest: {
          ...(target.deviceIds[0] === undefined ? {} : { deploymentDeviceId: String(target.deviceIds[0]) }),
          queueDeployment: target.mayQueue,
        },
      };
    case 'HEADLESS':
      return {
        headlessRequest: {
          numberOfExecutions: target.executions,
          queueOnSlotsExhaustion: target.mayQueue,
          ...(target.runAsUserId === undefined ? {} : { sharedRunAsUserId: String(target.runAsUserId) }),
        },
      };
    case 'PROCESS': {
      const { workspaceId, processId, payloads } = target;
      return { processRequest: { workspaceId, processId, ...(payloads === undefined ? {} : { payloads }) } };
    }
  }
}

/** Path and headers may hold secrets, and whoever manages schedules sees those of others: only the names are shown. */
export function shownCallback(callback: Callback | undefined): object | null {
  if (!callback) return null;
  return {
    url: URL.parse(callback.url)?.origin ?? '',
    headers: Object.fromEntries(Object.keys(callback.headers).map((name) => [name, '***'])),
  };
}
