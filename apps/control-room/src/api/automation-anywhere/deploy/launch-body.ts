import { type Static, Type } from 'typebox';
import type { HeadlessTarget, Launch } from '../../../domain/launches/index.ts';
import { type Callback, DEVICE_USAGES, type Target } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { Id } from '../wire.ts';
import { shownCallback } from './render-launch.ts';
import { CommonParts, Ids, readCallback, readCommonParts } from './request-parts.ts';

/** The body of the newest deployment call (contract a §9.3). */
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

const ProcessRequest = Type.Object(
  {
    workspaceId: Type.String({ maxLength: 100 }),
    processId: Type.String({ maxLength: 100 }),
    payloads: Type.Optional(
      Type.Array(Type.Unknown(), {
        description: 'One work item each; when absent the process’s own payload, or one empty item.',
      }),
    ),
  },
  { description: 'Our own: a run of a process instead of a bot.' },
);

/** What schedules and triggers hold: the same, or a process and no bot. */
export const LaterBody = Type.Object({
  ...LaunchBody.properties,
  botId: Type.Optional(Id),
  processRequest: Type.Optional(ProcessRequest),
});
type LaterBody = Static<typeof LaterBody>;

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

/** @throws invalid for both a bot and a process, or neither; and as readLaunch does */
export function readLater({ processRequest, ...body }: LaterBody): Launch {
  const { botId } = body;
  if (processRequest === undefined && botId !== undefined) return readLaunch({ ...body, botId });
  const { headlessRequest, unattendedRequest, attendedRequest } = body;
  if (processRequest === undefined || botId || headlessRequest || unattendedRequest || attendedRequest) {
    throw error('invalid', 'A deployment names either a bot or a process.', {
      details: 'expected botId with a request that says where, or processRequest alone',
    });
  }
  const { workspaceId, processId, payloads } = processRequest;
  return { ...readCommonParts(body), fileId: 0, target: { kind: 'PROCESS', workspaceId, processId, payloads } };
}

/** Another deployment in the place of one; a callback that is not named, or comes back as it was shown, stays. @throws invalid */
export function changeLaunch(before: Launch, body: LaterBody): Launch {
  const after = readLater(body);
  return after.target.kind === 'PROCESS' ? after : { ...after, callback: changeCallback(before, body.callbackInfo) };
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
