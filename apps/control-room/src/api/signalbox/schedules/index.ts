import type { Operation } from '../../operation.ts';
import { explainSchedule } from './explain.ts';
import { forecastSchedule, forecastSchedules } from './forecast.ts';
import { listOccurrences } from './history.ts';

export const schedulingOperations: readonly Operation[] = [
  forecastSchedules,
  forecastSchedule,
  listOccurrences,
  explainSchedule,
];
