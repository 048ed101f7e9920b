import type { Kernel } from '../../kernel/kernel.ts';
import type { Selection } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';
import { createCalendars } from './calendars.ts';
import { explainSchedule } from './explain.ts';
import { createFiring } from './firing.ts';
import { createForecasting, type Stretch } from './forecast.ts';
import { createHistory } from './history.ts';
import { createLookOut } from './look-out.ts';
import { createSchedules, type SchedulesParts } from './schedules.ts';

/** Deployments that begin by themselves, at times that people said. */
export function createScheduling(kernel: Kernel, parts: SchedulesParts) {
  const firing = createFiring(kernel, parts.launches);
  const all = createSchedules(kernel, parts, firing);
  const { readRow, asSchedule, reckonAll: _, ...schedules } = all;
  const history = createHistory(kernel);
  const forecasting = createForecasting(kernel, parts.repository);
  return {
    ...schedules,
    calendars: createCalendars(kernel, all),
    lookOut: createLookOut(kernel, firing),
    sweep: history.sweep,

    /** What became of the times of a schedule. @throws notFound */
    async history(caller: Caller, id: number, selection: Selection) {
      await readRow(caller, id);
      return history.list(id, selection);
    },

    /** What a schedule will do between two moments, and what it will not, with why. @throws notFound; invalid */
    forecast: async (caller: Caller, id: number, stretch: Stretch) =>
      forecasting.one(await readRow(caller, id), stretch),

    /** The same of all that the caller may see. @throws invalid */
    forecastAll: forecasting.all,

    /** @throws notFound */
    async explain(caller: Caller, id: number) {
      const row = await readRow(caller, id);
      const schedule = asSchedule(row);
      const last = await history.last(id);
      return { schedule, last, explanation: await explainSchedule(parts, row, schedule, last) };
    },
  };
}

export type Scheduling = ReturnType<typeof createScheduling>;
export {
  type DateRange,
  type Exclusions,
  LAST_DAY,
  LAST_WEEK,
  type Plan,
  type Recurrence,
  type Repeat,
} from './calendar/index.ts';
export type { Calendar, CalendarSettings } from './calendars.ts';
export { OUTCOMES, type Outcome } from './firing.ts';
export type { Forecast, Forecasts, Stretch } from './forecast.ts';
export type { PastOccurrence } from './history.ts';
export {
  MISFIRE_POLICIES,
  type MisfirePolicy,
  OVERLAP_POLICIES,
  type OverlapPolicy,
  SCHEDULE_STATUSES,
  SCHEDULE_TYPES,
  type Schedule,
  type ScheduleStatus,
  type ScheduleType,
} from './schedule.ts';
export type { ScheduleSettings } from './writing.ts';
