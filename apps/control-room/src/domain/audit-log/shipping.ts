import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Checkpoint, checkpointOf, type Seal } from '@signalbox/audit-trail';
import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Outbox } from '../outbox/index.ts';

const AT_ONCE = 1_000;

/**
 * Keeps checkpoints in another place than the database: whoever can write to the database could cut the log's tail and
 * seal anew, but not what lies elsewhere. To a file they are appended and forced to disk; to an address they go through
 * the outbox. Each goes at least once and in order; a repetition does no harm.
 */
export function createShipping(
  { database }: Kernel,
  outbox: Outbox,
  { checkpoints, tenantUuid }: { readonly checkpoints: string | undefined; readonly tenantUuid: string },
) {
  return {
    /** A background duty. */
    async sweep(): Promise<void> {
      if (checkpoints === undefined) return;
      await database.transaction(async (tx) => {
        const seals = await tx.all(
          sql<Seal>`select number, hash, sealed_on as "sealedOn", key_id as "keyId", signature from audit_seal
            where shipped_on is null order by number limit ${AT_ONCE} for update skip locked`,
        );
        if (seals.length === 0) return;
        const lines = seals.map((seal) => ({ tenantUuid, ...checkpointOf(seal) }));
        if (/^https?:/i.test(checkpoints)) {
          await outbox.send(tx, {
            kind: 'auditCheckpoints',
            subject: { type: 'auditLog', id: String(seals.at(-1)?.number) },
            url: checkpoints,
            headers: {},
            body: { checkpoints: lines },
            createdBy: 0,
          });
        } else {
          await append(checkpoints, lines);
        }
        await tx.all(
          sql`update audit_seal set shipped_on = present() where number = any(${seals.map(({ number }) => number)})`,
        );
      });
    },
  };
}

async function append(file: string, lines: readonly (Checkpoint & { readonly tenantUuid: string })[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
