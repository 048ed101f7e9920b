import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Credential, FOR_UPDATE, readCredential } from './credentials.ts';
import { readLocker, requireIn } from './lockers.ts';

/** Which credentials are in which locker. */
export function createContents(database: Database) {
  async function move(
    tx: Transaction,
    caller: Caller,
    credential: Credential,
    lockerId: number | null,
    verb: 'assign' | 'unassign',
  ): Promise<void> {
    await tx.all(
      sql`update credential set locker_id = ${lockerId}, updated_by = ${caller.userId}, updated_on = present(),
        version = version + 1 where id = ${credential.id}`,
    );
    await recordAudit(tx, {
      actor: actorOf(caller),
      action: `credential.${verb}`,
      subject: { type: 'credential', id: credential.id, name: credential.name },
      details: { lockerId: lockerId ?? credential.lockerId },
    });
  }

  return {
    /**
     * Its owner puts a credential into a locker in which he is at least a participant.
     * @throws notFound; forbidden; conflict where it is in another
     */
    async put(caller: Caller, lockerId: number, credentialId: number): Promise<Credential> {
      return database.transaction(async (tx) => {
        const locker = await readLocker(tx, caller, lockerId, sql`for share of l`);
        const credential = await readCredential(tx, caller, credentialId, FOR_UPDATE);
        requireIn(caller, locker, ['own', 'manage', 'participate'], 'put credentials into');
        if (!credential.standing.owner)
          throw error('forbidden', `${caller.username} does not own the credential "${credential.name}".`);
        if (credential.lockerId === lockerId) return credential;
        if (credential.lockerId !== null)
          throw error('conflict', `The credential "${credential.name}" is in another locker.`, {
            details: 'take it out of that one first',
          });
        await move(tx, caller, credential, lockerId, 'assign');
        return readCredential(tx, caller, credentialId);
      });
    },

    /** By the credential's owner, or an owner or manager of the locker. @throws notFound; forbidden */
    async take(caller: Caller, lockerId: number, credentialId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const locker = await readLocker(tx, caller, lockerId);
        const credential = await readCredential(tx, caller, credentialId, FOR_UPDATE);
        if (credential.lockerId !== lockerId)
          throw error('notFound', `The locker "${locker.name}" holds no credential with the id ${credentialId}.`);
        if (!credential.standing.owner) requireIn(caller, locker, ['own', 'manage'], 'take credentials out of');
        await move(tx, caller, credential, null, 'unassign');
      });
    },
  };
}
