import { type TSchema, Type } from 'typebox';
import {
  displayedAttributes,
  displayTexts,
  type ItemStatus,
  type Model,
  type Principal,
  type QueueDefinition,
  type WorkItem,
} from '../../../domain/work/index.ts';
import { AnyObject } from '../wire.ts';

/** Facts of the installation that ride along with every workload entity (contract b §0.7). */
export interface Tenant {
  readonly tenantId: number;
  readonly tenantUuid: string;
}

const Moment = Type.String({ description: 'ISO 8601, UTC' });
/** v3 writes ids of queues as texts, v4 as numbers (contract b §1.3). */
const AnyId = Type.Union([Type.Integer(), Type.String()]);

export const ModelAnswer = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  attributes: Type.Array(
    Type.Object({ id: Type.Integer(), name: Type.String(), type: Type.String(), isRequired: Type.Boolean() }),
  ),
  createdBy: Type.Integer(),
  createdOn: Moment,
  updatedBy: Type.Integer(),
  updatedOn: Moment,
  version: Type.Integer(),
  tenantId: Type.Integer(),
  tenantUuid: Type.String(),
});

export function renderModel(model: Model, tenant: Tenant): object {
  return {
    id: model.id,
    createdBy: model.createdBy,
    createdOn: model.createdOn.toString(),
    updatedBy: model.updatedBy,
    updatedOn: model.updatedOn.toString(),
    tenantId: tenant.tenantId,
    version: model.version,
    tenantUuid: tenant.tenantUuid,
    name: model.name,
    attributes: model.attributes.map(({ id, name, type, isRequired }) => ({ id, name, type, isRequired })),
  };
}

export const QueueAnswer: TSchema = Type.Object(
  {
    id: AnyId,
    name: Type.String(),
    description: Type.String(),
    status: Type.String({ description: 'v3: IN_USE, NOT_IN_USE; v4: ACTIVE, INACTIVE' }),
    workItemModelId: AnyId,
    createdBy: AnyId,
    createdOn: Moment,
    updatedBy: AnyId,
    updatedOn: Moment,
    version: Type.Integer(),
  },
  { additionalProperties: true },
);

export function renderQueue(queue: QueueDefinition, version: string, tenant: Tenant): object {
  const id = version === 'v3' ? String : (value: number): number => value;
  const displayed = displayedAttributes(queue.attributes, queue.displayColumnIds);
  return {
    id: id(queue.id),
    createdBy: id(queue.createdBy),
    createdOn: queue.createdOn.toString(),
    updatedBy: id(queue.updatedBy),
    updatedOn: queue.updatedOn.toString(),
    tenantId: tenant.tenantId,
    tenantUuid: tenant.tenantUuid,
    version: queue.version,
    name: queue.name,
    description: queue.description,
    reactivationThreshold: queue.reactivationThreshold,
    considerReactivationThreshold: queue.considerReactivationThreshold,
    status: version === 'v3' ? (queue.inUse ? 'IN_USE' : 'NOT_IN_USE') : queue.inUse ? 'ACTIVE' : 'INACTIVE',
    manualProcessingTime: queue.manualProcessingTime ?? 1,
    manualProcessingTimeUnit: queue.manualProcessingTimeUnit,
    displayColumns: displayed.map(({ name }) => name),
    displayColumnIds: displayed.map((attribute) => attribute.id),
    workItemProcessingOrders: queue.processingOrder.map(({ attribute, descending }) =>
      descending ? `${attribute} desc` : attribute,
    ),
    workItemModelId: id(queue.modelId),
    autoRetryLimit: queue.autoRetryLimit,
    disallowDuplicate: queue.disallowDuplicate,
    // The seed types it as an object; there is none where nothing expires.
    ...(queue.expiry || version === 'v3' ? { expiry: queue.expiry } : {}),
    leaseSeconds: queue.leaseSeconds,
    onLost: queue.onLost,
  };
}

export const ItemAnswer: TSchema = Type.Object(
  {
    id: Type.Integer(),
    queueId: Type.Integer(),
    status: Type.String(),
    json: AnyObject,
    version: Type.Integer(),
    col1: Type.String(),
  },
  { additionalProperties: true },
);

/** Where the seed has a spelling of its own, v4 uses it (contract b §1.11). */
const SEED_STATUS: Readonly<Record<ItemStatus, string>> = {
  NEW: 'NEW',
  READY_TO_RUN: 'IN_PROGRESS',
  ACTIVE: 'IN_PROGRESS',
  ON_HOLD: 'DEFERRED',
  COMPLETED: 'COMPLETE',
  FAILED: 'FAILED',
  DATA_ERROR: 'DATA_ERROR',
  UNKNOWN: 'UNKNOWN',
};

export function renderItem(queue: QueueDefinition, item: WorkItem, version: string, tenant: Tenant): object {
  const texts = displayTexts(displayedAttributes(queue.attributes, queue.displayColumnIds), item.json);
  const columns = Object.fromEntries(texts.map((text, slot) => [`col${slot + 1}`, text]));
  const shared = {
    id: item.id,
    createdBy: item.createdBy,
    createdOn: item.createdOn.toString(),
    updatedBy: item.updatedBy,
    updatedOn: item.updatedOn.toString(),
    version: item.version,
    json: item.json,
  };
  const rest = {
    deviceId: item.deviceId ?? 0,
    deviceUserId: item.deviceUserId ?? 0,
    ...columns,
    queueId: item.queueId,
    comment: item.comment ?? '',
    error: item.error ?? '',
    output: item.output,
    retryCount: item.retryCount,
    attempts: item.attempts,
    hashCode: item.hash ?? '',
    totalPausedTime: 0,
    tenantId: tenant.tenantId,
    tenantUuid: tenant.tenantUuid,
  };
  if (version === 'v4') {
    // The seed types moments as strings: what has not happened is left out.
    return {
      ...shared,
      ...(item.status === 'COMPLETED' ? { result: 'SUCCESS' } : item.status === 'FAILED' ? { result: 'FAILURE' } : {}),
      resultText: item.result ?? '',
      status: SEED_STATUS[item.status],
      automationId: item.automationId === null ? '' : String(item.automationId),
      ...moments({ startTime: item.startTime, endTime: item.endTime, deferredUntil: item.deferredUntil }),
      ...rest,
    };
  }
  return {
    ...shared,
    result: item.result ?? '',
    status: item.status,
    computedStatus: item.status,
    automationId: item.automationId ?? 0,
    jobExecutionId: '',
    startTime: item.startTime?.toString() ?? null,
    endTime: item.endTime?.toString() ?? null,
    deferredUntil: item.deferredUntil?.toString() ?? null,
    lastPausedTime: null,
    ...rest,
  };
}

function moments(given: Readonly<Record<string, Temporal.Instant | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, moment]) => (moment ? [[name, moment.toString()]] : [])),
  );
}

/** A role or user as the doc's dialect has it: only the id was bound, so everything else is null (contract b §1.6). */
export function renderReference({ id, type, name }: Principal): object {
  return {
    id,
    name,
    createdBy: null,
    createdOn: null,
    updatedBy: null,
    updatedOn: null,
    tenantId: null,
    version: 0,
    tenantUuid: null,
    ...(type === 'role' ? { roleId: id, roleName: name } : { userId: id, username: name }),
  };
}
