import type { Operation } from '../../operation.ts';
import { accessDetails } from './access-details.ts';
import { createAllocation, deleteAllocation, getAllocation, listAllocations } from './allocations.ts';
import { execute } from './execute.ts';

export const apiTaskOperations: readonly Operation[] = [
  createAllocation,
  listAllocations,
  getAllocation,
  deleteAllocation,
  accessDetails,
  execute,
];
