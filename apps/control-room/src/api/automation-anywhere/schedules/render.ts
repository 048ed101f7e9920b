import { type TSchema, Type } from 'typebox';
import type { Launch } from '../../../domain/launches/index.ts';
import type { Callback } from '../../../domain/runs/index.ts';
import { LAST_WEEK, type Plan, type Repeat, type Schedule } from '../../../domain/schedules/index.ts';
import type { Tenant } from '../workload/render.ts';
import { DAYS } from './when.ts';

/** What clients index without looking (contract a §14.3); the rest is there as well. */
export const ScheduleAnswer: TSchema = Type.Object(
  { id: Type.String(), scheduleId: Type.String(), name: Type.String(), status: Type.String() },
  { additionalProperties: true },
);

/** The fields of both versions in one item, and for the newer one both parts as it sends them (contract a §11). */
export function renderSchedule(schedule: Schedule, tenant: Tenant): object {
  const { id, launch, kept } = schedule;
  const next = schedule.nextRunOn?.toString() ?? '';
  const said = {
    name: schedule.name,
    description: schedule.description,
    status: schedule.status,
    scheduleType: schedule.scheduleType,
    ...renderPlan(schedule),
    misfireScheduleConfig: kept.misfireScheduleConfig ?? null,
    scheduleResiliency: kept.scheduleResiliency ?? null,
    misfirePolicy: schedule.misfirePolicy,
    overlapPolicy: schedule.overlapPolicy,
    calendarIds: schedule.calendarIds.map(String),
  };
  return {
    id: String(id),
    scheduleId: String(id),
    ...said,
    activityName: schedule.name,
    taskType: '',
    nextRunDateTime: next,
    zonedNextRunDateTime: next,
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
    schedule: said,
    deployment: renderLaunch(launch),
  };
}

function renderPlan({ plan, scheduleType, kept }: Schedule): object {
  const { recurrence, repeat } = plan;
  return {
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
function renderFlat(launch: Launch, kept: Schedule['kept']): object {
  const { target } = launch;
  return {
    fileId: String(launch.fileId),
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

/** The deployment as the newer version has it (contract a §9.3). */
export function renderLaunch(launch: Launch): object {
  const { target } = launch;
  return {
    botId: String(launch.fileId),
    automationName: launch.automationName ?? '',
    description: launch.description ?? '',
    botLabel: launch.botLabel ?? '',
    automationPriority: launch.priority ?? 'PRIORITY_MEDIUM',
    runElevated: launch.runElevated ?? false,
    hideBotAgentUi: launch.hideAgentUi ?? false,
    botInput: launch.botInput,
    callbackInfo: shownCallback(launch.callback),
    ...renderTarget(target),
  };
}

function renderTarget(target: Launch['target']): object {
  switch (target.kind) {
    case 'UNATTENDED':
      return {
        unattendedRequest: {
          runAsUserIds: target.runAsUserIds.map(String),
          poolIds: target.poolIds.map(String),
          deviceUsageType: target.deviceUsage,
          ...(target.usersToUse === undefined ? {} : { numOfRunAsUsersToUse: target.usersToUse }),
        },
      };
    case 'ATTENDED':
      return {
        attendedRequest: {
          ...(target.deviceIds[0] === undefined ? {} : { deploymentDeviceId: String(target.deviceIds[0]) }),
          queueDeployment: target.mayQueue,
        },
      };
    case 'HEADLESS':
      return {
        headlessRequest: {
          numberOfExecutions: target.executions,
          queueOnSlotsExhaustion: target.mayQueue,
          ...(target.runAsUserId === undefined ? {} : { sharedRunAsUserId: String(target.runAsUserId) }),
        },
      };
  }
}

/** Path and headers may hold secrets, and whoever manages schedules sees those of others: only the names are shown. */
export function shownCallback(callback: Callback | undefined): object | null {
  if (!callback) return null;
  return {
    url: URL.parse(callback.url)?.origin ?? '',
    headers: Object.fromEntries(Object.keys(callback.headers).map((name) => [name, '***'])),
  };
}
