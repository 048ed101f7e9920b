import { randomBytes, randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { sameSecret } from '../../kernel/sealing.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import { type SignedCall, signatureOf } from './signature.ts';

/** With what the tools of a user sign their calls. */
export interface AccessCredential {
  readonly id: number;
  readonly identifier: string;
  readonly name: string;
  readonly lastUsedOn: Temporal.Instant | null;
  readonly createdOn: Temporal.Instant;
}

/** A user whose tool has signed the call. */
export interface CredentialCaller {
  readonly caller: Caller;
  readonly credentialId: number;
}

/** How far a tool's clock may be off. [inferred: the same as for provisioning hooks] */
const CLOCK_SECONDS = 900;
const IDENTIFIER_DIGITS = 12;
const SECRET_BYTES = 48;

const COLUMNS = sql`id, identifier, name, last_used_on as "lastUsedOn", created_on as "createdOn"`;
const boundTo = (identifier: string): string => `access-credential:${identifier}`;

/** Contract robocorp §1.3, §9.1: `<digits>:<96 hex digits>`. The secret is sealed and not hashed: signatures are checked with it. */
export function createAccessCredentials({ database, sealer }: Kernel, identity: Pick<Identity, 'callerFor'>) {
  return {
    list: (caller: Caller): Promise<AccessCredential[]> =>
      database.all(
        sql<AccessCredential>`select ${COLUMNS} from access_credential where user_id = ${caller.userId} order by id`,
      ),

    /** The whole text, which a tool is given, comes back this once. */
    async create(caller: Caller, name: string): Promise<AccessCredential & { readonly text: string }> {
      const identifier = Array.from({ length: IDENTIFIER_DIGITS }, (_, place) =>
        randomInt(place === 0 ? 1 : 0, 10),
      ).join('');
      const secret = randomBytes(SECRET_BYTES).toString('hex');
      return database.transaction(async (tx) => {
        const made = await tx.first(
          sql<AccessCredential>`insert into access_credential (identifier, user_id, name, sealed)
            values (${identifier}, ${caller.userId}, ${name.trim()}, ${sealer.seal(secret, boundTo(identifier))}) returning ${COLUMNS}`,
        );
        if (!made) throw new Error('The access credential was not inserted.');
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'accessCredential.create',
          subject: { type: 'accessCredential', id: made.id, name: made.name },
        });
        return { ...made, text: `${identifier}:${secret}` };
      });
    },

    /** Its tokens end with it. */
    async remove(caller: Caller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const gone = await tx.first(
          sql<{
            name: string;
          }>`delete from access_credential where id = ${id} and user_id = ${caller.userId} returning name`,
        );
        if (!gone) throw error('notFound', `${caller.username} has no access credential with the id ${id}.`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'accessCredential.delete',
          subject: { type: 'accessCredential', id, name: gone.name },
        });
      });
    },

    /** @throws unauthenticated, without saying which part was wrong */
    async verify(identifier: string, signature: string, call: SignedCall): Promise<CredentialCaller> {
      const row = await database.first(
        sql<{ id: number; userId: number; sealed: string; skew: number }>`select id, user_id as "userId", sealed,
            abs(extract(epoch from present()) - ${Number(call.timestamp) || 0}::float8)::float8 as skew
          from access_credential where identifier = ${identifier.slice(0, 100)}`,
      );
      const secret = row ? sealer.open(row.sealed, boundTo(identifier)).toString('utf8') : '';
      // Also without a credential, so that its absence does not show by the time.
      const right = sameSecret(signatureOf(secret, call), signature);
      const caller = row && right && row.skew <= CLOCK_SECONDS ? await identity.callerFor(row.userId) : undefined;
      if (!row || !caller) {
        throw error('unauthenticated', 'The signature does not fit the call.', {
          details: `expected robocloud-hmac by a credential of a user, not older than ${CLOCK_SECONDS / 60} minutes`,
        });
      }
      await database.all(
        sql`update access_credential set last_used_on = present() where id = ${row.id}
          and (last_used_on is null or last_used_on < present() - interval '1 minute')`,
      );
      return { caller, credentialId: row.id };
    },
  };
}
