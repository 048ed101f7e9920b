import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

const KEY = 'outboxSigningSecret';
const BOUND_TO = 'outbox-signing-secret';

/** What messages are signed with unless their receiver has a secret of its own. One for the installation. */
export function createSigningSecret({ database, sealer }: Kernel) {
  const fresh = (): string => randomBytes(32).toString('base64');

  async function read(): Promise<string> {
    const made = sealer.seal(fresh(), BOUND_TO);
    // Whoever comes first makes it; all see the same one afterwards.
    await database.all(
      sql`insert into installation values (${KEY}, to_jsonb(${made}::text)) on conflict (key) do nothing`,
    );
    const row = await database.first(
      sql<{ sealed: string }>`select value #>> '{}' as sealed from installation where key = ${KEY}`,
    );
    if (!row) throw new Error('The signing secret was not kept.');
    return sealer.open(row.sealed, BOUND_TO).toString();
  }

  return {
    read,

    /** For whoever sets up a receiver. That it was shown is on disk before it is. */
    async reveal(caller: Caller): Promise<string> {
      await database.transaction((tx) =>
        recordAudit(tx, {
          actor: actorOf(caller),
          action: 'outbox.revealSecret',
          subject: { type: 'installation', id: KEY },
        }),
      );
      return read();
    },

    /** What is signed from now on is signed with the new one. Answers it. */
    async rotate(caller: Caller): Promise<string> {
      const secret = fresh();
      await database.transaction(async (tx) => {
        const sealed = sealer.seal(secret, BOUND_TO);
        await tx.all(sql`insert into installation values (${KEY}, to_jsonb(${sealed}::text))
          on conflict (key) do update set value = excluded.value`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'outbox.rotateSecret',
          subject: { type: 'installation', id: KEY },
        });
      });
      return secret;
    },
  };
}
