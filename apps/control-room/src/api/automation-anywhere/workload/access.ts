import type { Objects } from '../../operation.ts';

/** Permissions of the workload calls (contract b §0.8). What a caller may do with one queue is the domain's rule. */
export const mayCreate = { anyOf: ['workload.createqueues', 'workload.administerallqueues'] } as const;
export const mayUse = { anyOf: ['workload.viewandmanagemyqueues', 'workload.administerallqueues'] } as const;

export const QUEUE: Readonly<Record<string, Objects>> = { id: { kind: 'queue', visibleTo: 'shared' } };
export const ITEM: Readonly<Record<string, Objects>> = { ...QUEUE, wid: { kind: 'workItem', visibleTo: 'shared' } };
