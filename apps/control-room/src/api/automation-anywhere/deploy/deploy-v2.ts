import { Type } from 'typebox';
import { readBotInput } from '../../../domain/runs/index.ts';
import { error, SignalboxError } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Anything, Id } from '../wire.ts';
import { CommonParts, Ids, readCommonParts } from './request-parts.ts';

/** Deploying a bot to named devices, as the oldest clients do (contract a §9.2). */
export const deployV2 = operation({
  name: 'deployBotV2',
  summary: 'Deploy a bot to devices, in the caller’s own name',
  description: 'One run for each device. A device that is not connected is refused with 400, as the vendor does.',
  module: 'Bot Deploy',
  method: 'POST',
  path: '/automations/deploy',
  versions: [{ name: 'v2' }],
  provenance: 'documented',
  access: { anyOf: ['repositorymanager.run'] },
  refuses: [404, 412],
  body: Type.Object({
    fileId: Id,
    deviceIds: Ids,
    currentUserDeviceId: Type.Optional(Id),
    runWithRdp: Type.Optional(Type.Boolean()),
    // The older name of botInput.
    botVariables: Type.Optional(Anything),
    ...CommonParts,
  }),
  answer: {
    status: 200,
    schema: Type.Object({ automationId: Type.String(), deploymentId: Type.String(), automationName: Type.String() }),
    description: 'The number of the deployment, by which its runs are found in the activity record.',
  },
  handle: async ({ caller, body }, { runs }) => {
    const common = readCommonParts(body);
    const deviceIds = body.deviceIds ?? [];
    const own = body.currentUserDeviceId ? [body.currentUserDeviceId] : [];
    const { automationId, deploymentId, automationName } = await runs.deployments
      .deploy(caller, {
        ...common,
        botInput: { ...readBotInput(body.botVariables), ...common.botInput },
        rdpEnabled: body.runWithRdp ?? body.rdpEnabled,
        fileId: body.fileId,
        target: { kind: 'ATTENDED', deviceIds: deviceIds.length > 0 ? deviceIds : own, mayQueue: true },
      })
      .catch(asOlderVersion);
    return { automationId: String(automationId), deploymentId, automationName };
  },
});

/** This version knows no 412: a device that is not active was a bad request. */
function asOlderVersion(cause: unknown): never {
  if (!(cause instanceof SignalboxError) || cause.kind !== 'precondition') throw cause;
  throw error('invalid', cause.message, { details: cause.details, cause });
}
