import type { Operation } from '../../operation.ts';
import { activateSchedules, deactivateSchedules } from './activate-schedules.ts';
import { createSchedule } from './create-schedule.ts';
import { deleteSchedule, deleteSchedules } from './delete-schedules.ts';
import { getSchedule } from './get-schedule.ts';
import { listSchedules } from './list-schedules.ts';
import { updateSchedule } from './update-schedule.ts';

/** Schedules: contract a §11. */
export const scheduleOperations: readonly Operation[] = [
  createSchedule,
  listSchedules,
  activateSchedules,
  deactivateSchedules,
  getSchedule,
  updateSchedule,
  deleteSchedule,
  deleteSchedules,
];
