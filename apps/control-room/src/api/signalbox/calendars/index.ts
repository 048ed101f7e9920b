import type { Operation } from '../../operation.ts';
import { createCalendar, deleteCalendar, getCalendar, listCalendars, updateCalendar } from './calendars.ts';

export const calendarOperations: readonly Operation[] = [
  createCalendar,
  listCalendars,
  getCalendar,
  updateCalendar,
  deleteCalendar,
];
