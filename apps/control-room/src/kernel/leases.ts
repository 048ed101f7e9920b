import { sql } from 'kysely';
import type { Connection } from './database/index.ts';

/**
 * A lease says that `holder` (a runner, a replica) answers for `subject` (a queue's items, a background duty) until a time
 * of the database's clock. Whatever it answers for carries the lease's id. A lease that runs out is deleted and its id
 * never comes back, so that a holder who slept through it can be told from one who did not.
 */
export interface Lease {
  readonly id: number;
  readonly subject: string;
  readonly holder: string;
}

/** Takes the lease, or extends the one the holder already has. */
export async function takeLease(
  connection: Connection,
  subject: string,
  holder: string,
  seconds: number,
): Promise<Lease> {
  const [lease] = await connection.hot<Lease>(TAKE, [subject, holder, seconds]);
  if (!lease) throw new Error('A lease was neither taken nor extended.');
  return lease;
}

const TAKE = {
  name: 'lease.take',
  text: `insert into lease as l (subject, holder, length, expires_on)
         values ($1, $2, make_interval(secs => $3), present() + make_interval(secs => $3))
         on conflict (subject, holder) do update set length = excluded.length, expires_on = excluded.expires_on
         returning id, subject, holder`,
};

/**
 * Extends all that the holder has, each by its own length. Answers what it still has; the rest ran out and was given
 * away. A lease that ran out and was not yet given away lives on: nobody else has what it answers for.
 */
export function extendLeases(connection: Connection, holder: string): Promise<Lease[]> {
  return connection.all(
    sql<Lease>`update lease set expires_on = present() + length where holder = ${holder} returning id, subject, holder`,
  );
}

export function releaseLeases(connection: Connection, holder: string): Promise<Lease[]> {
  return connection.all(sql<Lease>`delete from lease where holder = ${holder} returning id, subject, holder`);
}

/**
 * Deletes what ran out. The caller gives back, in the same transaction, whatever those leases answered for. Before
 * `from`, by the database's clock, nothing is deleted.
 */
export function expireLeases(connection: Connection, from: Temporal.Instant): Promise<Lease[]> {
  return connection.all(
    sql<Lease>`delete from lease where id in (
      select id from lease where expires_on <= present() and present() >= ${from} for update skip locked
    ) returning id, subject, holder`,
  );
}
