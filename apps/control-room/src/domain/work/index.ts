import type { Kernel } from '../../kernel/kernel.ts';
import { createAdding } from './add-items.ts';
import { createChanging } from './change-items.ts';
import { createClaims } from './claims.ts';
import { createExplaining } from './explain.ts';
import { registerGauges } from './gauges.ts';
import { createItems } from './items.ts';
import { createLoading } from './load-file.ts';
import { createModels } from './models.ts';
import { createQueues } from './queues.ts';
import { createRunItems } from './run-items.ts';
import { createSharing } from './sharing.ts';
import { createSweeps } from './sweeps.ts';

/** Work items: what they look like, where they wait, and their one life cycle. */
export function createWork(kernel: Kernel) {
  const { database, wakeUps, groupCommit } = kernel;
  registerGauges(kernel);
  const models = createModels(database);
  const queues = createQueues(database, wakeUps, models);
  return {
    models,
    queues,
    sharing: createSharing(database, queues),
    adding: createAdding(database, queues, groupCommit),
    items: createItems(database, queues),
    changing: createChanging(database, queues),
    load: createLoading(database, queues),
    claims: createClaims(database, groupCommit),
    runItems: createRunItems(database, queues, groupCommit),
    sweeps: createSweeps(database),
    explaining: createExplaining(database, queues),
  };
}

export type Work = ReturnType<typeof createWork>;

export type { ClaimedItem, ItemResult, Verdict } from './claims.ts';
export { displayedAttributes, displayTexts, SLOTS } from './columns.ts';
export { type Explanation, explainWaiting, type QueueCounts, type QueueService } from './explain.ts';
export type { WorkItem } from './items.ts';
export {
  ITEM_STATUSES,
  type ItemStatus,
  readStatus,
  STATUS_SPELLINGS,
  sourcesOf,
  TRANSITIONS,
  type Transition,
} from './life-cycle.ts';
export type { LoadReceipt } from './load-file.ts';
export type { Attribute, Model } from './models.ts';
export { LARGEST_PAYLOAD } from './payload.ts';
export { type Maker, processQueues } from './process-queues.ts';
export { type Queue, type QueueDefinition, type QueueSettings, rightsOn } from './queues.ts';
export {
  dropUnfinished,
  EXCEPTION_TYPES,
  type ExceptionType,
  type OpenedItem,
  PROCESS_RUN,
  type Release,
  type Released,
} from './run-items.ts';
export type { MemberPermission, Principal } from './sharing.ts';
export { ATTRIBUTE_TYPES, type Expiry, type OnLost, type ProcessingOrder } from './tables.ts';
