import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { SYSTEM } from '../identity/index.ts';

/** Made so many months before the first row of one comes. */
const AHEAD = 2;
/** Whoever reads for long keeps a month from being made or dropped; the next hour tries again. Short: writers wait as long behind it. */
const PATIENCE = '1s';

interface Month {
  readonly name: string;
  /** Its first moment and that of the next. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

/** The months of the log: each has a partition of its own, and goes with it when it is too old. */
export function createPartitions({ database, log }: Kernel, retentionMonths: number | undefined) {
  async function months(): Promise<Month[]> {
    return database.all(sql<Month>`
      select 'audit_entry_' || to_char(m, 'YYYY_MM') as name, m as "from", m + interval '1 month' as "to"
      from generate_series(
        date_trunc('month', least(present(), (select min(occurred_on) from audit_entry_other)), 'UTC'),
        date_trunc('month', greatest(present(), (select max(occurred_on) from audit_entry_other)), 'UTC') + make_interval(months => ${AHEAD}),
        interval '1 month') as m`);
  }

  /** What came before its month had a partition moves into it, so that the catch-all stays empty. */
  async function make({ name, from, to }: Month): Promise<void> {
    await locked(async (tx) => {
      if (await exists(tx, name)) return;
      const table = sql.table(name);
      await tx.all(sql`create table ${table} (like audit_entry including defaults including generated)`);
      const moved = await tx.all(
        sql`with moved as (delete from audit_entry_other where occurred_on >= ${from} and occurred_on < ${to} returning ${RECORDED})
          insert into ${table} (${RECORDED}) select ${RECORDED} from moved returning 1`,
      );
      await tx.all(
        sql`alter table audit_entry attach partition ${table} for values from (${sql.lit(from.toString())}) to (${sql.lit(to.toString())})`,
      );
      if (moved.length > 0)
        log.info({ partition: name, rows: moved.length }, 'Rows of the audit log moved into their month.');
    });
  }

  /** False while something in it is not under seal. */
  async function drop(name: string, months: number): Promise<boolean> {
    return locked(async (tx) => {
      const table = sql.table(name);
      const unsealed =
        await tx.first(sql`select 1 from ${table} a where a.transaction_id >= coalesce((select s.to_transaction
        from audit_seal s order by s.number desc limit 1), '0'::xid8) limit 1`);
      if (unsealed) return false;
      await tx.all(sql`drop table ${table}`);
      // Seals over what is gone are left out of exports from now on.
      await tx.all(sql`insert into installation values ('auditKeptFrom',
          to_jsonb((to_date(${name.slice(-7)}, 'YYYY_MM') + interval '1 month')::text))
        on conflict (key) do update set value = excluded.value`);
      await recordAudit(tx, {
        actor: actorOf(SYSTEM),
        action: 'auditLog.dropMonth',
        subject: { type: 'auditLog', id: name },
        details: { retentionMonths: months },
      });
      return true;
    });
  }

  async function locked<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return database.transaction(async (tx) => {
      await tx.all(sql`select set_config('lock_timeout', ${PATIENCE}, true)`);
      // Two replicas come one after the other.
      await tx.all(sql`lock table audit_entry_other in share update exclusive mode`);
      return work(tx);
    });
  }

  return {
    /** A background duty, and at each start. A start does not fail for want of a month: its rows find a place without it. */
    async prepare(): Promise<void> {
      const known = new Set(
        (
          await database.all(sql<{ name: string }>`select inhrelid::regclass::text as name from pg_inherits
          where inhparent = 'audit_entry'::regclass`)
        ).map(({ name }) => name.replace(/^.*\./, '')),
      );
      try {
        for (const month of await months()) if (!known.has(month.name)) await make(month);
      } catch (cause) {
        if (!isLockTimeout(cause)) throw cause;
        log.warn('A month of the audit log is made later: somebody has been reading it for long.');
      }
    },

    /** A background duty: drops months that are too old and under seal. Answers their names. */
    async forget(): Promise<string[]> {
      if (retentionMonths === undefined) return [];
      const old = await database.all(
        sql<{
          name: string;
        }>`select p.name from (select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_entry'::regclass) p
          where p.name ~ 'audit_entry_[0-9]{4}_[0-9]{2}$'
            and to_date(right(p.name, 7), 'YYYY_MM') < (date_trunc('month', present(), 'UTC') - make_interval(months => ${retentionMonths}))::date
          order by p.name`,
      );
      const dropped: string[] = [];
      for (const { name } of old) {
        // In their order: what comes after a month that must stay stays too.
        if (!(await drop(name.replace(/^.*\./, ''), retentionMonths))) break;
        dropped.push(name);
      }
      return dropped;
    },
  };
}

/** All but what is computed. */
const RECORDED = sql`id, occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, outcome, details,
  request_id, remote_address, transaction_id`;

const isLockTimeout = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === '55P03';

async function exists(tx: Transaction, name: string): Promise<boolean> {
  const row = await tx.first(sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`);
  return row?.there ?? false;
}
