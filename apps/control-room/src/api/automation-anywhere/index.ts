import type { Wire } from '../operation.ts';
import { activityOperations } from './activity/index.ts';
import { apiTaskOperations } from './api-tasks/index.ts';
import { auditOperations } from './audit/index.ts';
import { authenticationOperations } from './authentication/index.ts';
import { blmOperations } from './blm/index.ts';
import { credentialVaultOperations } from './credential-vault/index.ts';
import { deployOperations } from './deploy/index.ts';
import { deviceOperations } from './devices/index.ts';
import { packageOperations } from './packages/index.ts';
import { repositoryOperations } from './repository/index.ts';
import { scheduleOperations } from './schedules/index.ts';
import { triggerOperations } from './triggers/index.ts';
import { userManagementOperations } from './user-management/index.ts';
import { readToken, renderError } from './wire.ts';
import { workloadOperations } from './workload/index.ts';

/** What the clients of Automation Anywhere's Control Room speak. */
export const automationAnywhereWire: Wire = {
  name: 'automation-anywhere',
  token: readToken,
  renderError,
  operations: [
    ...authenticationOperations,
    ...userManagementOperations,
    ...repositoryOperations,
    ...packageOperations,
    ...blmOperations,
    ...deviceOperations,
    ...credentialVaultOperations,
    ...workloadOperations,
    ...apiTaskOperations,
    ...deployOperations,
    ...activityOperations,
    ...scheduleOperations,
    ...triggerOperations,
    ...auditOperations,
  ],
};
