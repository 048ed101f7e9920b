import type { Kernel } from '../../kernel/kernel.ts';
import type { Outbox } from '../outbox/index.ts';
import { createExport } from './export.ts';
import { createAuditKeys } from './keys.ts';
import { createMessages } from './messages.ts';
import { createPartitions } from './partitions.ts';
import { createRefusals } from './refusals.ts';
import { createSealer } from './sealer.ts';
import { createShipping } from './shipping.ts';

export interface AuditLogOptions {
  readonly tenantUuid: string;
  /** What the record calls this installation. */
  readonly environmentName: () => string;
  /** A file, or an address that takes a POST: where checkpoints are kept besides the database. */
  readonly checkpoints: string | undefined;
  /** Whole months that are kept besides the present one; undefined keeps all. */
  readonly retentionMonths: number | undefined;
}

/** The audit log as people and auditors see it: read, sealed, proved, and forgotten month by month. */
export function createAuditLog(kernel: Kernel, outbox: Outbox, options: AuditLogOptions) {
  const keys = createAuditKeys(kernel);
  return {
    messages: createMessages(kernel.database, options.environmentName),
    refusals: createRefusals(kernel),
    partitions: createPartitions(kernel, options.retentionMonths),
    sealer: createSealer(kernel, keys),
    shipping: createShipping(kernel, outbox, options),
    export: createExport(kernel.database, keys, options.tenantUuid),
  };
}

export type AuditLog = ReturnType<typeof createAuditLog>;
export { actionOf, activityTypeOf } from './activity-types.ts';
export type { AuditMessage } from './messages.ts';
