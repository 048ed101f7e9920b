import type { Operation } from '../../operation.ts';
import { getExecution } from './get-execution.ts';
import { listActivity } from './list-activity.ts';
import { listHistory } from './list-history.ts';

export const activityOperations: readonly Operation[] = [listActivity, listHistory, getExecution];
