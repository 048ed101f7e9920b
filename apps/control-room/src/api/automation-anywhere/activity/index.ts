import type { Operation } from '../../operation.ts';
import { getExecution, listActivity } from './activity.ts';

export const activityOperations: readonly Operation[] = [listActivity, getExecution];
