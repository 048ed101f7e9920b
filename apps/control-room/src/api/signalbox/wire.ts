import { readToken, renderError } from '../automation-anywhere/wire.ts';
import type { Wire } from '../operation.ts';
import { assistantExtensionOperations } from './assistants/assistants.ts';
import { exportAuditLog } from './audit/export-audit-log.ts';
import { botProblems } from './bot-problems.ts';
import { calendarOperations } from './calendars/index.ts';
import { deliveryOperations } from './deliveries/index.ts';
import { explainItem, explainQueue } from './explain.ts';
import { explainDevice, explainRun } from './explain-runs.ts';
import { globalValueOperations } from './global-values/global-values.ts';
import { healthOperations, type Vitals } from './health.ts';
import { identityExtensionOperations } from './identity/index.ts';
import { limitLicense, reportLicenses } from './licenses/licenses.ts';
import { processExtensionOperations } from './processes/processes.ts';
import { issueRunnerToken } from './runner-tokens.ts';
import { getRunArtifact, getRunLog, listRunArtifacts } from './runs/log-and-artifacts.ts';
import { schedulingOperations } from './schedules/index.ts';
import { secretExtensionOperations } from './secrets/secrets.ts';
import { listTaskPackages } from './task-packages/list-task-packages.ts';
import { triggeringOperations } from './triggers/index.ts';
import { getVaultStatus, rotateVaultKey } from './vault.ts';
import { webhookExtensionOperations } from './webhooks/index.ts';
import { workerExtensionOperations } from './workers/index.ts';
import { workspaceExtensionOperations } from './workspaces/index.ts';

/** Our own extensions. They are not sold as compatible with anything. */
export function signalboxWire(vitals: Vitals): Wire {
  return {
    name: 'signalbox',
    token: readToken,
    renderError,
    operations: [
      ...healthOperations(vitals),
      ...identityExtensionOperations,
      ...deliveryOperations,
      ...schedulingOperations,
      ...calendarOperations,
      ...triggeringOperations,
      exportAuditLog,
      ...globalValueOperations,
      reportLicenses,
      limitLicense,
      explainItem,
      explainQueue,
      explainRun,
      explainDevice,
      getRunLog,
      listRunArtifacts,
      getRunArtifact,
      issueRunnerToken,
      getVaultStatus,
      rotateVaultKey,
      botProblems,
      ...workspaceExtensionOperations,
      ...processExtensionOperations,
      listTaskPackages,
      ...webhookExtensionOperations,
      ...assistantExtensionOperations,
      ...workerExtensionOperations,
      ...secretExtensionOperations,
    ],
  };
}
