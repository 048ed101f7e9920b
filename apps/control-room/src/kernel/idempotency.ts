import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database/index.ts';
import { error } from './errors.ts';
import type { Sealer } from './sealing.ts';

export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Runs a write once for each `Idempotency-Key` of a caller. The key's row, the write and the answer are one transaction:
 * a repeat finds the first answer; a repeat that arrives at the same time waits at the row's index and then finds it; a
 * crash in between leaves neither. The same key with another request is refused. Answers are kept sealed: some hold a
 * key that is shown only once.
 *
 * @param request what makes two requests the same: method, path and body
 */
export async function once(
  {
    database,
    sealer,
    fingerprintKey,
  }: { readonly database: Database; readonly sealer: Sealer; readonly fingerprintKey: Buffer },
  caller: string,
  key: string,
  request: Buffer,
  work: () => Promise<KeptAnswer>,
): Promise<KeptAnswer & { readonly repeated: boolean }> {
  if (key.length > 255) throw error('invalid', 'Idempotency-Key is longer than 255 characters.');
  const fingerprint = createHmac('sha256', fingerprintKey).update(request).digest();
  const place = `idempotency:${caller}:${key}`;
  return database.transaction(async (tx) => {
    const inserted = await tx.first(
      sql`insert into idempotency_key (actor, key, fingerprint) values (${caller}, ${key}, ${fingerprint})
          on conflict do nothing returning key`,
    );
    if (!inserted) {
      const kept = await tx.first(
        sql<{ fingerprint: Buffer; status: number; body: string }>`
          select fingerprint, status, body from idempotency_key where actor = ${caller} and key = ${key}`,
      );
      if (!kept)
        throw error('unavailable', 'The first request with this Idempotency-Key has just failed.', { retryAfter: 1 });
      if (!kept.fingerprint.equals(fingerprint)) {
        throw error('keyReused', 'This Idempotency-Key came before with another request.', {
          details: 'expected the same method, path and body as the first time',
        });
      }
      return { status: kept.status, body: sealer.open(kept.body, place).toString('utf8'), repeated: true };
    }
    const answer = await work();
    await tx.all(
      sql`update idempotency_key set status = ${answer.status}, body = ${sealer.seal(answer.body, place)} where actor = ${caller} and key = ${key}`,
    );
    return { ...answer, repeated: false };
  });
}

/** Forgets keys after a day, a batch at a time. Answers how many. */
export async function forgetOldKeys(database: Database): Promise<number> {
  const rows = await database.all(
    sql`delete from idempotency_key where ctid in (
      select ctid from idempotency_key where created_on < present() - interval '1 day' limit 10000) returning 1`,
  );
  return rows.length;
}
