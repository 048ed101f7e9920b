import { type Static, Type } from 'typebox';
import type { Launch } from '../../../domain/launches/index.ts';
import type { Target } from '../../../domain/runs/index.ts';
import {
  MISFIRE_POLICIES,
  OVERLAP_POLICIES,
  SCHEDULE_STATUSES,
  type Schedule,
  type ScheduleSettings,
  type ScheduleStatus,
} from '../../../domain/schedules/index.ts';
import { error } from '../../../kernel/errors.ts';
import { changeCallback, changeLaunch, LaterBody, readLater, saysTheSame } from '../deploy/launch-body.ts';
import { renderLaunch } from '../deploy/render-launch.ts';
import { CommonParts, Ids, readCommonParts } from '../deploy/request-parts.ts';
import { Anything, Id } from '../wire.ts';
import { renderFlat, renderWhen } from './render.ts';
import { isGiven, readPlan, readType } from './when.ts';

const Text = Type.Optional(Type.String({ maxLength: 100 }));

const ScheduleFields = {
  name: Type.Optional(Type.String({ maxLength: 255 })),
  description: Type.Optional(Type.String({ maxLength: 4_000 })),
  status: Text,
  scheduleType: Text,
  recurrenceType: Text,
  timeZone: Text,
  startDate: Text,
  endDate: Text,
  startTime: Text,
  dailyRecurrence: Type.Optional(Anything),
  weeklyRecurrence: Type.Optional(Anything),
  monthlyRecurrence: Type.Optional(Anything),
  repeatEnabled: Type.Optional(Type.Boolean()),
  repeatOccurrence: Type.Optional(Anything),
  misfireScheduleConfig: Type.Optional(Anything),
  scheduleResiliency: Type.Optional(Anything),
  misfirePolicy: Type.Optional(
    Type.Enum([...MISFIRE_POLICIES], { description: 'Our own: what becomes of missed runs.' }),
  ),
  overlapPolicy: Type.Optional(
    Type.Enum([...OVERLAP_POLICIES], {
      description: 'Our own: what becomes of a run while one before it is not over.',
    }),
  ),
  calendarIds: Type.Optional(Type.Array(Id, { description: 'Our own: days on which nothing runs.' })),
};

/** Both shapes of both versions: flat, with the deployment among the fields, or in two parts (contract a §11). */
export const ScheduleBody = Type.Object({
  ...ScheduleFields,
  fileId: Type.Optional(Id),
  botId: Type.Optional(Id),
  runAsUserIds: Ids,
  poolIds: Ids,
  deviceIds: Ids,
  overrideDefaultDevice: Type.Optional(Type.Boolean()),
  setAsDefaultDevice: Type.Optional(Type.Boolean()),
  numOfRunAsUsersToUse: Type.Optional(Type.Integer({ minimum: 0 })),
  ...CommonParts,
  version: Type.Optional(Type.Integer({ minimum: 0, description: 'Where it is given, only this one is changed.' })),
  schedule: Type.Optional(Type.Object(ScheduleFields)),
  deployment: Type.Optional(LaterBody),
});
type Body = Static<typeof ScheduleBody>;

/**
 * @param before what is there, when it is changed: what is not named stays. Clients send back what they read, with one
 *   field changed: what says the same as was shown says nothing.
 * @throws invalid
 */
export function readSettings(body: Body, before?: Schedule): ScheduleSettings {
  const said = body.schedule ?? body;
  const name = said.name || body.deployment?.automationName || before?.name;
  if (!name) throw error('invalid', 'The schedule has no name.', { details: 'expected a text in name' });
  const when = { ...(before && renderWhen(before)), ...said };
  const scheduleType = readType(when);
  const { misfireScheduleConfig, scheduleResiliency, monthlyRecurrence } = said;
  const kept = {
    misfireScheduleConfig,
    scheduleResiliency,
    monthlyRecurrence,
    setAsDefaultDevice: body.setAsDefaultDevice,
    deviceIds: body.deviceIds,
  };
  return {
    name,
    description: said.description ?? before?.description ?? '',
    status: readStatus(said.status, before?.status),
    scheduleType,
    plan: readPlan(scheduleType, when),
    misfirePolicy: said.misfirePolicy ?? before?.misfirePolicy ?? 'ONCE',
    overlapPolicy: said.overlapPolicy ?? before?.overlapPolicy ?? 'ALLOW',
    calendarIds: said.calendarIds ?? before?.calendarIds ?? [],
    launch: before ? changeDeployment(body, before) : readDeployment(body),
    kept: { ...before?.kept, ...Object.fromEntries(Object.entries(kept).filter(([, value]) => isGiven(value))) },
  };
}

function readStatus(word: string | undefined, before: ScheduleStatus = 'ACTIVE'): ScheduleStatus {
  if (!word?.trim()) return before;
  const status = SCHEDULE_STATUSES.find((known) => known === word.trim().toUpperCase());
  if (status) return status;
  throw error('invalid', 'status cannot be read.', {
    details: `expected ${SCHEDULE_STATUSES.join(', ')}; came: "${word}"`,
  });
}

function readDeployment(body: Body): Launch {
  return body.deployment ? readLater(body.deployment) : readFlat(body);
}

function readFlat(body: Body): Launch {
  const fileId = body.fileId ?? body.botId;
  if (fileId === undefined) {
    throw error('invalid', 'The schedule names no bot.', {
      details: 'expected the id of a bot in fileId, or deployment.botId, or deployment.processRequest',
    });
  }
  // The name and the words are the schedule's; each deployment gets a name of its own.
  const { automationName: _, description: __, ...common } = readCommonParts(body);
  return { ...common, fileId, target: targetOf(body) };
}

/** Either shape may say what changes; a deployment that the flat one cannot say stays what it is. */
function changeDeployment(body: Body, { launch, kept }: Schedule): Launch {
  const { deployment } = body;
  const whole: Readonly<Record<string, unknown>> = { ...renderLaunch(launch) };
  if (deployment && Object.entries(deployment).some(([field, value]) => !saysTheSame(value, whole[field]))) {
    return changeLaunch(launch, deployment);
  }
  // The flat shape has no process: with a bot it says another deployment, without one nothing.
  if (launch.target.kind === 'PROCESS') return body.fileId || body.botId ? readFlat(body) : launch;
  const shown: Readonly<Record<string, unknown>> = { ...renderFlat(launch, kept) };
  const says = (field: keyof Body): boolean => body[field] !== undefined && !saysTheSame(body[field], shown[field]);
  const common = readCommonParts(body);
  const { target } = launch;
  const before = target.kind === 'UNATTENDED' ? target : undefined;
  return {
    ...launch,
    fileId: body.fileId ?? body.botId ?? launch.fileId,
    target: TARGET.some(says)
      ? targetOf({ runAsUserIds: [...(before?.runAsUserIds ?? [])], poolIds: [...(before?.poolIds ?? [])], ...body })
      : target,
    botLabel: common.botLabel ?? launch.botLabel,
    priority: common.priority ?? launch.priority,
    runElevated: common.runElevated ?? launch.runElevated,
    hideAgentUi: common.hideAgentUi ?? launch.hideAgentUi,
    rdpEnabled: common.rdpEnabled ?? launch.rdpEnabled,
    botInput: body.botInput === undefined ? launch.botInput : common.botInput,
    callback: changeCallback(launch, body.callbackInfo),
  };
}

const TARGET = ['runAsUserIds', 'poolIds', 'deviceIds', 'overrideDefaultDevice', 'numOfRunAsUsersToUse'] as const;

/** Contract a §11.1. Nobody sits in front of the device: what it is doing is waited for. */
function targetOf({
  runAsUserIds = [],
  poolIds = [],
  deviceIds = [],
  overrideDefaultDevice,
  numOfRunAsUsersToUse,
}: Pick<Body, (typeof TARGET)[number]>): Target {
  if (runAsUserIds.length === 0 && poolIds.length === 0 && deviceIds.length > 0) {
    return { kind: 'ATTENDED', deviceIds, mayQueue: true };
  }
  return {
    kind: 'UNATTENDED',
    runAsUserIds,
    poolIds,
    deviceUsage: overrideDefaultDevice ? 'RUN_ON_POOL_DEVICES' : 'PREFER_DEFAULT_DEVICE',
    usersToUse: numOfRunAsUsersToUse,
  };
}
