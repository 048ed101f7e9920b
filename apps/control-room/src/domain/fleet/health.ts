import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { type Caller, SYSTEM } from '../identity/index.ts';
import { missingDevices } from './devices.ts';

/** So many runs in a row that fail because of the device, and it is set apart. */
export const FAILURES_TO_QUARANTINE = 3;
/** For so long the first time; each time without a good run between doubles it. */
const FIRST_QUARANTINE_SECONDS = 300;
const LONGEST_QUARANTINE_SECONDS = 4 * 3_600;
const LONGEST_REASON = 500;

/** Whether a device (`d`) may be given work: it is not being emptied and not set apart. */
export const TAKES_WORK: RawBuilder<SqlBool> = sql<SqlBool>`(d.draining_since is null
  and (d.quarantined_until is null or d.quarantined_until <= present()))`;

/** What keeps a device from being given work, for whoever explains. */
export interface Health {
  readonly drainingSince: Temporal.Instant | null;
  readonly drainingReason: string;
  readonly quarantinedUntil: Temporal.Instant | null;
  /** In a row. */
  readonly failures: number;
  readonly lastFailure: string;
  readonly lastFailureOn: Temporal.Instant | null;
}

/**
 * A device that spoils what it is given must not eat a whole queue: after some failures of its own in a row it is set
 * apart for a while and then tried again, by itself. That a bot fails is no fault of its device.
 */
export function createHealth(database: Database) {
  async function change(
    caller: Caller,
    id: number,
    action: string,
    set: RawBuilder<unknown>,
    details: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const [missing] = await missingDevices(database, caller, [id]);
    if (missing !== undefined) throw error('notFound', `There is no device with the id ${missing}.`);
    await database.transaction(async (tx) => {
      const row = await tx.first(
        sql<{
          name: string;
        }>`update device set ${set}, updated_by = ${caller.userId}, updated_on = present(), version = version + 1
          where id = ${id} returning host_name as name`,
      );
      if (!row) throw error('notFound', `There is no device with the id ${id}.`);
      await recordAudit(tx, {
        actor: actorOf(caller),
        action,
        subject: { type: 'device', id, name: row.name },
        details,
      });
      await announce(tx, 'fleet-changed', id);
    });
  }

  return {
    read: (id: number): Promise<Health | undefined> =>
      database.first(sql<Health>`select draining_since as "drainingSince", draining_reason as "drainingReason",
          case when quarantined_until > present() then quarantined_until end as "quarantinedUntil", failures,
          last_failure as "lastFailure", last_failure_on as "lastFailureOn" from device where id = ${id}`),

    /** It finishes what it has, and is given nothing more until it is taken up again. */
    drain: (caller: Caller, id: number, reason: string): Promise<void> =>
      change(
        caller,
        id,
        'device.drain',
        sql`draining_since = coalesce(draining_since, present()), draining_reason = ${reason.slice(0, LONGEST_REASON)}`,
        { reason: reason.slice(0, LONGEST_REASON) },
      ),

    /** Out of draining and quarantine; what went wrong before counts no more. */
    resume: (caller: Caller, id: number): Promise<void> =>
      change(
        caller,
        id,
        'device.resume',
        sql`draining_since = null, draining_reason = '', quarantined_until = null, failures = 0, quarantines = 0`,
      ),

    /**
     * A run went wrong for which the device answers. Belongs to the transaction that ends the run.
     *
     * @param workedOn when the run last brought something about; a failure before that is no longer in a row with this one
     */
    async failed(tx: Transaction, id: number, reason: string, workedOn: Temporal.Instant | null = null): Promise<void> {
      const worked = sql`coalesce(${workedOn}::timestamptz > last_failure_on, false)`;
      const row = await tx.first(
        sql<{
          failures: number;
          name: string;
        }>`update device set failures = case when ${worked} then 1 else failures + 1 end,
          quarantines = case when ${worked} then 0 else quarantines end,
          last_failure = ${reason.slice(0, LONGEST_REASON)}, last_failure_on = present() where id = ${id} returning failures, host_name as name`,
      );
      if (!row || row.failures < FAILURES_TO_QUARANTINE) return;
      const set = await tx.first(
        sql<{ until: Temporal.Instant }>`update device set failures = 0, quarantines = quarantines + 1,
            quarantined_until = present() + make_interval(secs =>
              least(${FIRST_QUARANTINE_SECONDS} * power(2, least(quarantines, 20)), ${LONGEST_QUARANTINE_SECONDS}))
          where id = ${id} returning quarantined_until as until`,
      );
      await recordAudit(tx, {
        actor: actorOf(SYSTEM),
        action: 'device.quarantine',
        subject: { type: 'device', id, name: row.name },
        details: {
          failures: row.failures,
          until: set?.until.toString() ?? '',
          reason: reason.slice(0, LONGEST_REASON),
        },
      });
      await announce(tx, 'fleet-changed', id);
    },

    /** A run came to an end for which the device need not answer. Writes only where something went wrong before. */
    async worked(tx: Transaction, id: number): Promise<void> {
      await tx.all(
        sql`update device set failures = 0, quarantines = 0 where id = ${id} and (failures > 0 or quarantines > 0)`,
      );
    },

    /** In how many seconds the next quarantine is over; whoever gives out work looks then. */
    async nextReturn(): Promise<number | undefined> {
      const row = await database.first(
        sql<{ seconds: number | null }>`select extract(epoch from min(quarantined_until) - present())::float8 as seconds
          from device where quarantined_until > present()`,
      );
      return row?.seconds ?? undefined;
    },
  };
}
