import { type TSchema, Type } from 'typebox';
import type { Launch } from '../../../domain/launches/index.ts';
import { LAST_WEEK, type Plan, type Repeat, type Schedule } from '../../../domain/schedules/index.ts';
import { renderLaunch, shownCallback } from '../deploy/render-launch.ts';
import type { Tenant } from '../workload/render.ts';
import { DAYS } from './when.ts';

/** What clients index without looking (contract a §14.3); the rest is there as well. */
export const ScheduleAnswer: TSchema = Type.Object(
  { id: Type.String(), scheduleId: Type.String(), name: Type.String(), status: Type.String() },
  { additionalProperties: true },
);

/**
 * The fields of both versions in one item, and the deployment as the newer one sends it (contract a §11): not all of that
 * can be said flat.
 */
export function renderSchedule(schedule: Schedule, tenant: Tenant): object {
  const { id, launch, kept } = schedule;
  const next = schedule.nextRunOn?.toString() ?? '';
  return {
    id: String(id),
    scheduleId: String(id),
    name: schedule.name,
    activityName: schedule.name,
    description: schedule.description,
    status: schedule.status,
    ...renderWhen(schedule),
    nextRunDateTime: next,
    zonedNextRunDateTime: next,
    misfireScheduleConfig: kept.misfireScheduleConfig ?? null,
    scheduleResiliency: kept.scheduleResiliency ?? null,
    misfirePolicy: schedule.misfirePolicy,
    overlapPolicy: schedule.overlapPolicy,
    calendarIds: schedule.calendarIds.map(String),
    taskType: '',
    fileName: schedule.fileName,
    filePath: schedule.filePath,
    ...renderFlat(launch, kept),
    ...tenant,
    tenantId: String(tenant.tenantId),
    createdBy: String(schedule.createdBy),
    createdOn: schedule.createdOn.toString(),
    updatedBy: String(schedule.updatedBy),
    updatedOn: schedule.updatedOn.toString(),
    version: schedule.version,
    deployment: renderLaunch(launch),
  };
}

/** When it runs, as the wire says it. */
export function renderWhen({ plan, scheduleType, kept }: Schedule): object {
  const { recurrence, repeat } = plan;
  return {
    scheduleType,
    timeZone: plan.timeZone,
    startDate: plan.startDate.toString(),
    endDate: plan.endDate?.toString() ?? '',
    startTime: renderTime(plan.startTime),
    ...(scheduleType === 'DAILY' && recurrence.type === 'DAILY'
      ? { dailyRecurrence: { interval: recurrence.interval } }
      : {}),
    ...(recurrence.type === 'WEEKLY'
      ? {
          weeklyRecurrence: {
            interval: recurrence.interval,
            daysOfWeek: recurrence.daysOfWeek.map((day) => DAYS[day - 1]),
          },
        }
      : {}),
    ...(recurrence.type === 'MONTHLY'
      ? { monthlyRecurrence: kept.monthlyRecurrence ?? renderMonthly(recurrence) }
      : {}),
    repeatEnabled: repeat !== null,
    ...(repeat ? { repeatOccurrence: renderRepeat(repeat) } : {}),
  };
}

function renderMonthly(recurrence: Extract<Plan['recurrence'], { type: 'MONTHLY' }>): object {
  if (!('weekOfMonth' in recurrence)) return { interval: recurrence.interval, daysOfMonth: recurrence.daysOfMonth };
  const { interval, weekOfMonth, dayOfWeek } = recurrence;
  return { interval, weekOfMonth: weekOfMonth === LAST_WEEK ? 'LAST' : weekOfMonth, dayOfWeek: DAYS[dayOfWeek - 1] };
}

function renderRepeat({ everySeconds, endTime }: Repeat): object {
  const hours = everySeconds % 3_600 === 0;
  return {
    runEvery: everySeconds / (hours ? 3_600 : 60),
    timeUnit: hours ? 'HOURS' : 'MINUTES',
    endTime: endTime ? renderTime(endTime) : '',
  };
}

function renderTime(time: Temporal.PlainTime): string {
  return time.toString({ smallestUnit: time.second === 0 ? 'minute' : 'second' });
}

/** The deployment as the older version has it. */
export function renderFlat(launch: Launch, kept: Schedule['kept']): object {
  const { target } = launch;
  return {
    // A process is in the deployment only.
    fileId: target.kind === 'PROCESS' ? null : String(launch.fileId),
    botLabel: launch.botLabel ?? '',
    automationPriority: launch.priority ?? 'PRIORITY_MEDIUM',
    runAsUserIds: target.kind === 'UNATTENDED' ? target.runAsUserIds.map(String) : [],
    poolIds: target.kind === 'UNATTENDED' ? target.poolIds.map(String) : [],
    deviceIds: target.kind === 'ATTENDED' ? target.deviceIds.map(String) : (kept.deviceIds ?? []),
    overrideDefaultDevice: target.kind === 'UNATTENDED' && target.deviceUsage === 'RUN_ON_POOL_DEVICES',
    setAsDefaultDevice: kept.setAsDefaultDevice ?? false,
    rdpEnabled: launch.rdpEnabled ?? false,
    runElevated: launch.runElevated ?? false,
    hideBotAgentUi: launch.hideAgentUi ?? false,
    botInput: launch.botInput,
    callbackInfo: shownCallback(launch.callback),
  };
}
