import { Type } from 'typebox';
import type { Target } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Id } from '../wire.ts';
import { CommonParts, Ids, Receipt, readCommonParts } from './request-parts.ts';

/** Deploying a bot as most clients do (contract a §9.1). */
export const deployV3 = operation({
  name: 'deployBotV3',
  summary: 'Deploy a bot to the devices of run-as users',
  description:
    'One run for each user. A user’s bot runs on his default device; with overrideDefaultDevice, or where he has none, on a device of the pools. Without run-as users it runs attended, on the caller’s own device.',
  module: 'Bot Deploy',
  method: 'POST',
  path: '/automations/deploy',
  versions: [{ name: 'v3' }],
  provenance: 'documented',
  access: { anyOf: ['repositorymanager.run'] },
  refuses: [404, 412],
  body: Type.Object({
    fileId: Type.Optional(Id),
    // What the newer version calls it; one client sends it here [client].
    botId: Type.Optional(Id),
    runAsUserIds: Ids,
    poolIds: Ids,
    deviceIds: Ids,
    overrideDefaultDevice: Type.Optional(Type.Boolean()),
    numOfRunAsUsersToUse: Type.Optional(Type.Integer({ minimum: 0 })),
    currentUserDeviceId: Type.Optional(Id),
    ...CommonParts,
  }),
  answer: {
    status: 200,
    schema: Receipt,
    description: 'The deployment, by which its runs are found in the activity record.',
  },
  handle: async ({ caller, body }, { runs }) => {
    const fileId = body.fileId ?? body.botId;
    if (fileId === undefined) {
      throw error('invalid', 'The deployment names no bot.', { details: 'expected the id of a bot in fileId' });
    }
    const { deploymentId, automationName } = await runs.deployments.deploy(caller, {
      ...readCommonParts(body),
      fileId,
      target: targetOf(body),
    });
    return { deploymentId, automationName };
  },
});

function targetOf(body: {
  readonly runAsUserIds?: readonly number[];
  readonly poolIds?: readonly number[];
  readonly deviceIds?: readonly number[];
  readonly overrideDefaultDevice?: boolean;
  readonly numOfRunAsUsersToUse?: number;
  readonly currentUserDeviceId?: number;
}): Target {
  const runAsUserIds = body.runAsUserIds ?? [];
  const poolIds = body.poolIds ?? [];
  if (runAsUserIds.length > 0 || poolIds.length > 0) {
    return {
      kind: 'UNATTENDED',
      runAsUserIds,
      poolIds,
      deviceUsage: body.overrideDefaultDevice ? 'RUN_ON_POOL_DEVICES' : 'PREFER_DEFAULT_DEVICE',
      usersToUse: body.numOfRunAsUsersToUse,
    };
  }
  const deviceIds = body.deviceIds ?? [];
  return {
    kind: 'ATTENDED',
    deviceIds: deviceIds.length > 0 || !body.currentUserDeviceId ? deviceIds : [body.currentUserDeviceId],
    mayQueue: false,
  };
}
