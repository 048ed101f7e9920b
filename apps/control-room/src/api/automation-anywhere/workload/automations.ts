import { Type } from 'typebox';
import type { QueueAutomation } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { AnyObject, currentInV3, Id, ids } from '../wire.ts';
import { mayUse } from './access.ts';
import type { Tenant } from './render.ts';

/** WLM automations (contract b §1.14): a bot attached to a queue. */
const AutomationAnswer = Type.Object(
  { id: Type.Integer(), queueId: Type.Integer(), fileId: Type.String(), poolId: Type.Integer() },
  { additionalProperties: true },
);

export const createAutomation = operation({
  name: 'createQueueAutomation',
  summary: 'Attach a bot to a queue',
  description: 'From then on the runners of the pool work the queue off.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/automations',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  body: Type.Object({
    name: Type.Optional(Type.String({ maxLength: 255 })),
    automationName: Type.Optional(Type.String({ maxLength: 255 })),
    description: Type.Optional(Type.String()),
    fileId: Id,
    queueId: Id,
    poolIds: Type.Optional(Type.Array(Id)),
    poolId: Type.Optional(Id),
    runAsUserIds: Type.Array(Id),
    botInput: Type.Optional(AnyObject),
    status: Type.Optional(Type.Enum(['ACTIVE', 'INACTIVE'])),
    rdpEnabled: Type.Optional(Type.Boolean()),
    setAsDefaultDevice: Type.Optional(Type.Boolean()),
    workspaceName: Type.Optional(Type.String({ maxLength: 50 })),
  }),
  answer: { status: 201, schema: AutomationAnswer, description: 'The automation.' },
  handle: async ({ caller, body }, { runs, tenant }) => {
    const { automationName, poolIds, botInput, ...given } = body;
    const name = given.name || automationName;
    const poolId = given.poolId ?? poolIds?.[0];
    if (!name) throw error('invalid', 'The automation has no name.', { details: 'expected name or automationName' });
    if (poolId === undefined)
      throw error('invalid', 'The automation names no device pool.', { details: 'expected poolIds or poolId' });
    if (poolIds !== undefined && poolIds.length > 1)
      throw error('invalid', 'An automation has one device pool.', { details: `came: ${poolIds.length}` });
    const input = (botInput ?? {}) as Readonly<Record<string, unknown>>;
    return renderAutomation(
      await runs.queueAutomations.create(caller, { ...given, name, poolId, botInput: input }),
      tenant,
    );
  },
});

export const listAutomations = operation({
  name: 'listQueueAutomations',
  summary: 'List the automations attached to queues',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/automations/list',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(AutomationAnswer), description: 'One page of automations.' },
  handle: async ({ caller, body }, { runs, tenant }) => {
    const request = readListRequest(body);
    return renderList(await runs.queueAutomations.list(caller, request), request, (automation) =>
      renderAutomation(automation, tenant),
    );
  },
});

export const deleteAutomation = operation({
  name: 'deleteQueueAutomation',
  summary: 'Take a bot off a queue',
  description: 'What runners already have is finished; nothing more is given out.',
  module: 'Workload Management',
  method: 'DELETE',
  path: '/wlm/automations/{id}',
  versions: currentInV3,
  provenance: 'observed',
  access: mayUse,
  objects: { id: { kind: 'queueAutomation', visibleTo: 'shared' } },
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { runs }) => runs.queueAutomations.remove(caller, params.id),
});

function renderAutomation(automation: QueueAutomation, tenant: Tenant): object {
  return {
    id: automation.id,
    name: automation.name,
    automationName: automation.name,
    description: automation.description,
    fileId: String(automation.fileId),
    fileName: automation.fileName,
    queueId: automation.queueId,
    queueName: automation.queueName,
    poolId: automation.poolId,
    poolIds: [automation.poolId],
    runAsUserIds: automation.runAsUserIds,
    botInput: automation.botInput,
    status: automation.status,
    rdpEnabled: automation.rdpEnabled,
    setAsDefaultDevice: automation.setAsDefaultDevice,
    workspaceName: automation.workspaceName,
    createdBy: automation.createdBy,
    createdOn: automation.createdOn.toString(),
    updatedBy: automation.updatedBy,
    updatedOn: automation.updatedOn.toString(),
    version: automation.version,
    ...tenant,
  };
}
