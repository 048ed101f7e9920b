import { GENESIS, type Seal, StretchHasher, sealStretch } from '@signalbox/audit-trail';
import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { AuditKeys } from './keys.ts';
import { rowsOf, type Stretch } from './rows.ts';

/** Any number that no other lock of this database has. */
const LOCK = 7_230_451_900_007n;
/** One seal covers about so many rows at most; a single transaction is never torn. */
const MOST_ROWS = 20_000;

/** Larger than any transaction's number. */
const NO_END = '9223372036854775807';

interface Head {
  readonly number: number;
  readonly hash: string;
}

/** The cluster that counts the transactions, and where its own rows begin. */
interface Epoch {
  readonly cluster: string;
  readonly afterId: number;
}

/**
 * Chains what has been committed, in batches. Which rows are complete is known by their transactions: every one below
 * pg_snapshot_xmin is over, so a stretch of them is final, however their ids and commits were interleaved. One replica
 * at a time; a seal and its place in the chain are one commit.
 */
export function createSealer({ database, metrics }: Kernel, keys: AuditKeys) {
  const sealed = metrics.counter('audit_rows_sealed_total', 'Rows of the audit log under a seal.');

  async function sealNext(): Promise<boolean> {
    const rows = await database.transaction(async (tx) => {
      const lock = await tx.first(sql<{ got: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as got`);
      if (!lock?.got) return 0;
      const stretch = await nextStretch(tx);
      return stretch ? seal(tx, stretch) : 0;
    });
    sealed.inc(rows);
    return rows > 0;
  }

  /** Answers how many rows. */
  async function seal(tx: Transaction, stretch: Stretch & { readonly cluster: string }): Promise<number> {
    const hasher = new StretchHasher();
    let firstOn = '';
    let lastOn = '';
    for await (const row of rowsOf(tx, stretch)) {
      hasher.add(row);
      if (firstOn === '' || row.occurredOn < firstOn) firstOn = row.occurredOn;
      if (row.occurredOn > lastOn) lastOn = row.occurredOn;
    }
    if (hasher.rows === 0) return 0;
    const head = await tx.first(sql<Head>`select number, hash from audit_seal order by number desc limit 1`);
    const now = await tx.first(
      sql<{ text: string }>`select to_char(present() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text`,
    );
    const made = sealStretch(
      hasher.finish(),
      { number: (head?.number ?? 0) + 1, previousHash: head?.hash ?? GENESIS, sealedOn: now?.text ?? '' },
      await keys.current(tx),
    );
    await insert(tx, made, stretch, { firstOn, lastOn });
    return made.rows;
  }

  return {
    /**
     * At each start, before anything is written. In a cluster of another name (a dump was restored) what the dump held
     * unsealed gets its seal, and counting begins anew.
     */
    async prepare(): Promise<void> {
      await database.transaction(async (tx) => {
        await tx.all(sql`select pg_advisory_xact_lock(${LOCK})`);
        const cluster = await clusterOf(tx);
        const epochs = await tx.all(
          sql<
            Epoch & { number: number }
          >`select cluster, number, after_id as "afterId" from audit_epoch order by number desc`,
        );
        if (epochs.some((epoch) => epoch.cluster === cluster)) return;
        const [before] = epochs;
        if (before) await seal(tx, { ...before, fromTransaction: await sealedUpTo(tx, before), toTransaction: NO_END });
        const last = await tx.first(sql<{ id: number }>`select last_value as id from audit_entry_number`);
        await tx.all(sql`insert into audit_epoch (cluster, number, after_id)
          values (${cluster}, ${(before?.number ?? 0) + 1}, ${before ? (last?.id ?? 0) : 0})`);
      });
    },

    /** A background duty: seals all there is. */
    async sweep(): Promise<void> {
      while (await sealNext());
    },
  };
}

async function clusterOf(tx: Transaction): Promise<string> {
  const row = await tx.first(sql<{ name: string }>`select system_identifier::text as name from pg_control_system()`);
  return row?.name ?? '';
}

/** The transaction after the last that is sealed. */
async function sealedUpTo(tx: Transaction, { cluster }: Epoch): Promise<string> {
  const row = await tx.first(
    sql<{
      end: string;
    }>`select to_transaction::text as "end" from audit_seal where cluster = ${cluster} order by number desc limit 1`,
  );
  return row?.end ?? '0';
}

/** From where the last seal ended up to the oldest transaction that is still open, or less. */
async function nextStretch(tx: Transaction): Promise<(Stretch & Epoch) | undefined> {
  const cluster = await clusterOf(tx);
  const epoch = await tx.first(
    sql<Epoch>`select cluster, after_id as "afterId" from audit_epoch where cluster = ${cluster}`,
  );
  if (!epoch) return undefined;
  const fromTransaction = await sealedUpTo(tx, epoch);
  const end = await tx.first(
    sql<{ transaction: string | null }>`select max(transaction_id)::text as transaction from (
      select transaction_id from audit_entry where transaction_id >= ${fromTransaction}::xid8
        and transaction_id < pg_snapshot_xmin(pg_current_snapshot()) and id > ${epoch.afterId}
      order by transaction_id limit ${MOST_ROWS}) as next`,
  );
  if (!end?.transaction) return undefined;
  return { ...epoch, fromTransaction, toTransaction: String(BigInt(end.transaction) + 1n) };
}

async function insert(
  tx: Transaction,
  made: Seal,
  stretch: Stretch & { readonly cluster: string },
  { firstOn, lastOn }: { firstOn: string; lastOn: string },
): Promise<void> {
  await tx.all(sql`insert into audit_seal (number, cluster, from_transaction, to_transaction, row_count, first_id, last_id,
      first_on, last_on, rows_hash, previous_hash, sealed_on, hash, key_id, signature)
    values (${made.number}, ${stretch.cluster}, ${stretch.fromTransaction}::xid8, ${stretch.toTransaction}::xid8,
      ${made.rows}, ${made.firstId}, ${made.lastId}, ${firstOn}, ${lastOn}, ${made.rowsHash}, ${made.previousHash}, ${made.sealedOn},
      ${made.hash}, ${made.keyId}, ${made.signature})`);
}
