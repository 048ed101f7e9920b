import { createWorkerLinkToken } from './create-link-token.ts';
import { listWorkers } from './list-workers.ts';
import { deleteWorker, getWorker, updateWorker } from './one-worker.ts';

export const workerOperations = [listWorkers, createWorkerLinkToken, getWorker, ...updateWorker, deleteWorker];
