import type { Kernel } from '../../kernel/kernel.ts';
import { type Actor, recordAudit } from '../audit/index.ts';
import { actionOf } from './activity-types.ts';

/** A write that did not come about. */
export interface Refusal {
  /** The operation's name, `createQueue`; it is recorded as what would have been done. */
  readonly operation: string;
  /** What stood in the path; what was sent is not kept, because it may be secret. */
  readonly objects: Readonly<Record<string, string>>;
  /** The code and the status of the answer. */
  readonly code: string;
  readonly status: number;
}

/** The other outcome: attempts that were refused are part of the record. */
export function createRefusals({ database, log, metrics }: Kernel) {
  const refused = metrics.counter('writes_refused_total', 'Writes of known callers that were refused.', ['code']);
  return {
    /** After the answer is decided; that the record cannot be written does not change the answer. */
    async record(actor: Actor, { operation, objects, code, status }: Refusal): Promise<void> {
      refused.inc({ code });
      const [id = ''] = Object.values(objects);
      await database
        .transaction((tx) =>
          recordAudit(tx, {
            actor,
            action: actionOf(operation),
            subject: { type: 'request', id: id.slice(0, 200) },
            outcome: 'UNSUCCESSFUL',
            details: { code, status, ...(Object.keys(objects).length > 1 ? { objects } : {}) },
          }),
        )
        .catch((cause) => log.warn({ err: cause, operation }, 'A refusal could not be recorded.'));
    },
  };
}
