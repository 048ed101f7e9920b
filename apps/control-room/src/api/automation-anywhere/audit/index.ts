import type { Operation } from '../../operation.ts';
import { listAuditMessages } from './list-messages.ts';

export const auditOperations: readonly Operation[] = [listAuditMessages];
