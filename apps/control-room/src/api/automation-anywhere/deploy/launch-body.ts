import { type Static, Type } from 'typebox';
import type { HeadlessTarget, Launch } from '../../../domain/launches/index.ts';
import { type Callback, DEVICE_USAGES, type Target } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { Id } from '../wire.ts';
import { shownCallback } from './render-launch.ts';
import { CommonParts, Ids, readCallback, readCommonParts } from './request-parts.ts';

/** The body of the newest deployment call (contract a §9.3), which schedules and triggers hold as well. */
export const LaunchBody = Type.Object({
  botId: Id,
  ...CommonParts,
  executionType: Type.Optional(Type.String({ maxLength: 50 })),
  unattendedRequest: Type.Optional(
    Type.Object({
      runAsUserIds: Ids,
      poolIds: Ids,
      numOfRunAsUsersToUse: Type.Optional(Type.Integer({ minimum: 0 })),
      deviceUsageType: Type.Optional(Type.Enum([...DEVICE_USAGES])),
    }),
  ),
  attendedRequest: Type.Optional(
    Type.Object({
      deploymentDeviceId: Type.Optional(Id),
      currentUserDeviceId: Type.Optional(Id),
      queueDeployment: Type.Optional(Type.Boolean()),
      launchInChildWindow: Type.Optional(Type.Boolean()),
    }),
  ),
  headlessRequest: Type.Optional(
    Type.Object({
      numberOfExecutions: Type.Optional(Type.Integer({ minimum: 1 })),
      queueOnSlotsExhaustion: Type.Optional(Type.Boolean()),
      sharedRunAsUserId: Type.Optional(Id),
    }),
  ),
});

/** @throws invalid unless exactly one request says where; and as readCommonParts does */
export function readLaunch(body: Static<typeof LaunchBody>): Launch {
  return { ...readCommonParts(body), fileId: body.botId, target: targetOf(body) };
}

function targetOf({
  headlessRequest,
  unattendedRequest,
  attendedRequest,
}: Static<typeof LaunchBody>): Target | HeadlessTarget {
  if ([headlessRequest, unattendedRequest, attendedRequest].filter((one) => one !== undefined).length !== 1) {
    throw error('invalid', 'A deployment holds exactly one request.', {
      details: 'expected one of headlessRequest, unattendedRequest, attendedRequest',
    });
  }
  if (headlessRequest) {
    return {
      kind: 'HEADLESS',
      executions: headlessRequest.numberOfExecutions ?? 1,
      mayQueue: headlessRequest.queueOnSlotsExhaustion ?? false,
      runAsUserId: headlessRequest.sharedRunAsUserId,
    };
  }
  if (unattendedRequest) {
    return {
      kind: 'UNATTENDED',
      runAsUserIds: unattendedRequest.runAsUserIds ?? [],
      poolIds: unattendedRequest.poolIds ?? [],
      deviceUsage: unattendedRequest.deviceUsageType ?? 'PREFER_DEFAULT_DEVICE',
      usersToUse: unattendedRequest.numOfRunAsUsersToUse,
    };
  }
  return {
    kind: 'ATTENDED',
    deviceIds: [attendedRequest?.deploymentDeviceId || attendedRequest?.currentUserDeviceId || 0].filter(Boolean),
    mayQueue: attendedRequest?.queueDeployment ?? false,
  };
}

/** Another deployment in the place of one; a callback that is not named, or comes back as it was shown, stays. @throws invalid */
export function changeLaunch(before: Launch, body: Static<typeof LaunchBody>): Launch {
  return { ...readLaunch(body), callback: changeCallback(before, body.callbackInfo) };
}

export function changeCallback(before: Launch, given: unknown): Callback | undefined {
  return given === undefined || saysTheSame(given, shownCallback(before.callback))
    ? before.callback
    : readCallback(given);
}

/** Whether fields of a request are what was shown. Ids are numbers to one and texts to the other. */
export function saysTheSame(given: unknown, shown: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value ?? null, (_, one) => (typeof one === 'number' ? String(one) : one));
  return text(given) === text(shown);
}
