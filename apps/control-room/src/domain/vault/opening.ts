import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { SealBroken } from '../../kernel/sealing.ts';
import { type Actor, type AuditEntry, recordAudit } from '../audit/index.ts';
import type { Keyring, Sealed } from './keyring.ts';

/** One secret on its way out. */
export interface Leaving {
  readonly sealed: Sealed;
  readonly place: string;
  readonly action: string;
  readonly subject: AuditEntry['subject'];
  readonly details?: AuditEntry['details'];
}

/**
 * The only way by which a secret leaves: it is opened, the row that says so is committed, and then it is handed out. The
 * row is a transaction of its own, so that no request can take it back after it has seen the secret.
 * @throws vaultTampered when what is stored was edited or belongs elsewhere, and that is recorded too;
 *   vaultLocked; vaultKeyService
 */
export type OpenSecrets = (actor: Actor, leaving: readonly Leaving[]) => Promise<string[]>;

export function createOpening(database: Database, keyring: Keyring, log: Logger): OpenSecrets {
  return async (actor, leaving) => {
    const secrets: string[] = [];
    for (const { sealed, place, action, subject, details } of leaving) {
      try {
        secrets.push(await keyring.open(sealed, place));
      } catch (cause) {
        if (!(cause instanceof SealBroken)) throw cause;
        await database.ownTransaction((tx) =>
          recordAudit(tx, { actor, action, subject, outcome: 'UNSUCCESSFUL', details: { ...details, tampered: true } }),
        );
        log.error({ subject }, 'A sealed row of the vault was changed outside of this server.');
        throw error('vaultTampered', 'What is stored here is not what was sealed here.', {
          details: `${subject.type} ${subject.id}`,
        });
      }
    }
    if (leaving.length > 0) {
      await database.ownTransaction(async (tx) => {
        for (const { action, subject, details } of leaving)
          await recordAudit(tx, { actor, action, subject, ...(details === undefined ? {} : { details }) });
      });
    }
    return secrets;
  };
}
