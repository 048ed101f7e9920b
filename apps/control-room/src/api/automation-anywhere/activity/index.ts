import type { Operation } from '../../operation.ts';
import { auditUnknown } from './audit-unknown.ts';
import { getExecution } from './get-execution.ts';
import { listActivity } from './list-activity.ts';
import { listHistory } from './list-history.ts';
import { manageRuns } from './manage.ts';

export const activityOperations: readonly Operation[] = [
  listActivity,
  listHistory,
  getExecution,
  manageRuns,
  auditUnknown,
];
