import { Type } from 'typebox';
import { DEVICE_USAGES } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Id } from '../wire.ts';
import { CommonParts, Ids, Receipt, readCommonParts } from './request-parts.ts';

/** Deploying a bot (contract a §9.3): to devices, unattended or attended, or as an API Task without one. */
export const deployV4 = operation({
  name: 'deployBot',
  summary: 'Deploy a bot',
  description:
    'Answers at once; the runs are in the activity record, one for each run-as user or device that was chosen. Exactly one of unattendedRequest, attendedRequest and headlessRequest says where. High priority needs the right setautomationpriority.',
  module: 'Bot Deploy',
  method: 'POST',
  path: '/automations/deploy',
  versions: [{ name: 'v4' }],
  provenance: 'documented',
  access: { anyOf: ['repositorymanager.run'] },
  refuses: [404, 412],
  body: Type.Object({
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
  }),
  answer: {
    status: 200,
    schema: Receipt,
    description: 'The deployment, by which its runs are found in the activity record.',
  },
  handle: async ({ caller, body }, { apiTasks, runs }) => {
    const { headlessRequest, unattendedRequest, attendedRequest } = body;
    if ([headlessRequest, unattendedRequest, attendedRequest].filter((one) => one !== undefined).length !== 1) {
      throw error('invalid', 'A deployment holds exactly one request.', {
        details: 'expected one of headlessRequest, unattendedRequest, attendedRequest',
      });
    }
    const common = readCommonParts(body);
    if (headlessRequest) {
      return apiTasks.onDemand.deploy(caller, {
        fileId: body.botId,
        automationName: common.automationName,
        botInput: common.botInput,
        executions: headlessRequest.numberOfExecutions ?? 1,
        mayQueue: headlessRequest.queueOnSlotsExhaustion ?? false,
        runAsUserId: headlessRequest.sharedRunAsUserId,
      });
    }
    const target = unattendedRequest
      ? ({
          kind: 'UNATTENDED',
          runAsUserIds: unattendedRequest.runAsUserIds ?? [],
          poolIds: unattendedRequest.poolIds ?? [],
          deviceUsage: unattendedRequest.deviceUsageType ?? 'PREFER_DEFAULT_DEVICE',
          usersToUse: unattendedRequest.numOfRunAsUsersToUse,
        } as const)
      : ({
          kind: 'ATTENDED',
          deviceIds: [attendedRequest?.deploymentDeviceId || attendedRequest?.currentUserDeviceId || 0].filter(Boolean),
          mayQueue: attendedRequest?.queueDeployment ?? false,
        } as const);
    const { deploymentId, automationName } = await runs.deployments.deploy(caller, {
      ...common,
      fileId: body.botId,
      target,
    });
    return { deploymentId, automationName };
  },
});
