import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { AnyObject, Anything, Id } from '../wire.ts';

/**
 * Deploying a bot (contract a §9.3). So far for API Tasks only: `headlessRequest`. What asks for a device is refused by name.
 */
export const deploy = operation({
  name: 'deployBot',
  summary: 'Run an API Task on demand',
  description:
    'Answers at once; the run waits for a slot if it may, and its outcome is in the activity record. Requests for devices (unattendedRequest, attendedRequest) are not served yet.',
  module: 'Bot Deploy',
  method: 'POST',
  path: '/automations/deploy',
  versions: [{ name: 'v4' }],
  provenance: 'documented',
  access: { anyOf: ['repositorymanager.run'] },
  refuses: [404, 412],
  body: Type.Object({
    botId: Id,
    automationName: Type.Optional(Type.String({ maxLength: 255 })),
    description: Type.Optional(Type.String()),
    botLabel: Type.Optional(Type.String()),
    automationPriority: Type.Optional(Type.Enum(['PRIORITY_LOW', 'PRIORITY_MEDIUM', 'PRIORITY_HIGH'])),
    // An object, or an empty text where a client has none to give.
    botInput: Type.Optional(Anything),
    headlessRequest: Type.Optional(
      Type.Object({
        numberOfExecutions: Type.Optional(Type.Integer({ minimum: 1 })),
        queueOnSlotsExhaustion: Type.Optional(Type.Boolean()),
        sharedRunAsUserId: Type.Optional(Id),
      }),
    ),
    unattendedRequest: Type.Optional(AnyObject),
    attendedRequest: Type.Optional(AnyObject),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ deploymentId: Type.String(), automationName: Type.String() }),
    description: 'The deployment, by which its runs are found in the activity record.',
  },
  handle: ({ caller, body }, { apiTasks }) => {
    const { headlessRequest, unattendedRequest, attendedRequest } = body;
    if ([headlessRequest, unattendedRequest, attendedRequest].filter((one) => one !== undefined).length !== 1) {
      throw error('invalid', 'A deployment holds exactly one request.', {
        details: 'expected one of headlessRequest, unattendedRequest, attendedRequest',
      });
    }
    if (headlessRequest === undefined) {
      throw error('invalid', 'Deployments to devices are not served by this version.', {
        details: 'expected headlessRequest; for devices attach the bot to a queue',
      });
    }
    return apiTasks.onDemand.deploy(caller, {
      fileId: body.botId,
      automationName: body.automationName,
      botInput: readBotInput(body.botInput),
      executions: headlessRequest.numberOfExecutions ?? 1,
      mayQueue: headlessRequest.queueOnSlotsExhaustion ?? false,
      runAsUserId: headlessRequest.sharedRunAsUserId,
    });
  },
});

function readBotInput(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw error('invalid', 'botInput is no object.', { details: 'expected typed values by variable name' });
}
