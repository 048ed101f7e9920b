import type { Operation } from '../../operation.ts';
import { addItems } from './add-items.ts';
import { createAutomation, deleteAutomation, listAutomations } from './automations.ts';
import { createModel, createModelSingular } from './create-model.ts';
import { createQueue } from './create-queue.ts';
import { deleteItem } from './delete-item.ts';
import { deleteItems } from './delete-items.ts';
import { deleteQueue } from './delete-queue.ts';
import { getItem } from './get-item.ts';
import { getModel } from './get-model.ts';
import { getQueue } from './get-queue.ts';
import { listItems } from './list-items.ts';
import { listMembers } from './list-members.ts';
import { listModels } from './list-models.ts';
import { listQueues } from './list-queues.ts';
import { loadFile } from './load-file.ts';
import { putMember } from './put-member.ts';
import { addConsumers, addParticipants, listConsumers, listParticipants } from './shares.ts';
import { updateItem } from './update-item.ts';
import { updateItemStatus } from './update-item-status.ts';
import { updateQueue } from './update-queue.ts';

/** Workload Management: contract b §1.1, row by row. */
export const workloadOperations: readonly Operation[] = [
  createModel,
  createModelSingular,
  getModel,
  listModels,
  createQueue,
  listQueues,
  getQueue,
  updateQueue,
  deleteQueue,
  putMember,
  listMembers,
  addParticipants,
  listParticipants,
  addConsumers,
  listConsumers,
  addItems,
  listItems,
  getItem,
  updateItem,
  deleteItem,
  updateItemStatus,
  deleteItems,
  loadFile,
  createAutomation,
  listAutomations,
  deleteAutomation,
];
