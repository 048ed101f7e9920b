import type { Access, Version } from '../../operation.ts';

/* What the operations of API Tasks share. */

export const MODULE = 'API Tasks';
/** These paths carry their version inside: `/orchestrator/v1/…`. */
export const withoutVersion: readonly Version[] = [{ name: '' }];
/** "You need admin rights" (seed document 004). */
export const mayAllocate = { anyOf: ['apitasks.manageallocations'] } as const satisfies Access;
export const mayRun = { anyOf: ['repositorymanager.run'] } as const satisfies Access;

/** Any absolute URL that ends in `/execute` will do; clients use it as it is (contract b §2.4). */
export const EXECUTE_PATH = '/orchestrator/v1/hotbot/tasks/{fileId}/execute';

export function executeUrl(base: string, fileId: number): string {
  return base + EXECUTE_PATH.replace('{fileId}', String(fileId));
}
