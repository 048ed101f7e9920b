import { isIPv6 } from 'node:net';
import { sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';

/** Who tries to log in as whom, and from where. */
export interface Attempt {
  /** `domain\name`, in lower case. */
  readonly login: string;
  readonly address: string;
  /** The user whom that name means, if it means one. */
  readonly userId: number | undefined;
}

export interface Throttle {
  /** @throws tooManyFailures with the seconds to wait */
  admit(connection: Connection, attempt: Attempt): Promise<void>;
  /**
   * Compares one secret after the other: `work` begins when those before it have been counted, and not at all while the
   * wait lasts. Otherwise a thousand guesses sent at once would all be compared before the first was counted.
   *
   * @throws tooManyFailures
   */
  inTurn<T>(connection: Connection, attempt: Attempt, work: () => Promise<T>): Promise<T>;
  /** Counts a failure. Answers the seconds that the next try has to wait, 0 for none. */
  failed(connection: Connection, attempt: Attempt): Promise<number>;
  succeeded(connection: Connection, attempt: Attempt & { readonly userId: number }): Promise<void>;
}

/**
 * Failures that cost nothing yet. People mistype a few times; behind one address there may be an office.
 */
const FREE = { user: 5, address: 30 };
const LONGEST_WAIT_SECONDS = 300;
/** Longer than the longest wait, so that waiting it out does not begin the count anew. */
const REMEMBERED_MINUTES = 15;

/**
 * Waits of 1, 2, 4 … 300 seconds after repeated failures, counted per user and per address, for the loopback address
 * like for any other.
 *
 * Nobody can be locked out by a stranger who goes on guessing at his name: from an address where he has logged in
 * before, the count is one of its own. And tries made while waiting count for nothing, so that a wait always ends.
 */
export function createThrottle(): Throttle {
  const turns = new Map<string, Promise<unknown>>();

  async function subjectsOf(
    connection: Connection,
    { login, address, userId }: Attempt,
  ): Promise<[user: string, address: string]> {
    const from = networkOf(address);
    const known =
      userId !== undefined &&
      (await connection.first(sql`select 1 from known_address where user_id = ${userId} and address = ${from}`));
    return [known ? `user:${login} from ${from}` : `user:${login}`, `address:${from}`];
  }

  async function admit(connection: Connection, attempt: Attempt): Promise<void> {
    const subjects = await subjectsOf(connection, attempt);
    const row = await connection.first(
      sql<{ wait: number | null }>`select extract(epoch from max(blocked_until) - present())::float8 as wait
        from login_failure where subject = any(${subjects}) and blocked_until > present()`,
    );
    const wait = row?.wait ?? 0;
    if (wait > 0) {
      throw error('tooManyFailures', 'Too many attempts to log in have failed.', {
        retryAfter: Math.max(1, Math.ceil(wait)),
      });
    }
  }

  return {
    admit,

    inTurn: async (connection, attempt, work) => {
      const [user] = await subjectsOf(connection, attempt);
      const before = turns.get(user) ?? Promise.resolve();
      const mine = before
        .catch(() => {})
        .then(() => admit(connection, attempt))
        .then(work);
      turns.set(user, mine);
      try {
        return await mine;
      } finally {
        if (turns.get(user) === mine) turns.delete(user);
      }
    },

    failed: async (connection, attempt) => {
      const [user, address] = await subjectsOf(connection, attempt);
      // Always in this order: two failures at once must not wait for each other.
      const waits = [await count(connection, address, FREE.address), await count(connection, user, FREE.user)];
      return Math.max(...waits);
    },

    succeeded: async (connection, attempt) => {
      const [user] = await subjectsOf(connection, attempt);
      await connection.all(sql`delete from login_failure where subject = ${user}`);
      await connection.all(
        sql`insert into known_address (user_id, address) values (${attempt.userId}, ${networkOf(attempt.address)})
          on conflict (user_id, address) do update set last_login_on = excluded.last_login_on`,
      );
    },
  };
}

async function count(connection: Connection, subject: string, free: number): Promise<number> {
  const failures = sql`(case when f.last_failure_on < present() - make_interval(mins => ${REMEMBERED_MINUTES})
    then 1 else f.failures + 1 end)`;
  // The exponent is cut before the power is taken: 2^2000 is no number.
  const wait = sql`least(${LONGEST_WAIT_SECONDS}, 2 ^ least(${failures} - ${free}::int - 1, 20))`;
  const row = await connection.first(
    sql<{
      wait: number;
    }>`insert into login_failure as f (subject, failures, last_failure_on) values (${subject}, 1, present())
      on conflict (subject) do update set failures = ${failures}, last_failure_on = present(),
        blocked_until = case when ${failures} > ${free}::int then present() + make_interval(secs => ${wait}) end
      returning coalesce(extract(epoch from f.blocked_until - present()), 0)::float8 as wait`,
  );
  return row?.wait ?? 0;
}

/** An IPv6 host may pick any of 2^64 addresses: they count as one. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const groups = address.includes('::')
    ? [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
    : before;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Deletes counts that count no more, and addresses that nobody has come from for long. Answers how many. */
export async function forgetOldFailures(database: Database): Promise<number> {
  const rows = await database.all(
    sql`delete from login_failure where subject in (select subject from login_failure
      where last_failure_on < present() - make_interval(mins => ${REMEMBERED_MINUTES}) limit 10000) returning 1`,
  );
  await database.all(sql`delete from known_address where last_login_on < present() - interval '90 days'`);
  return rows.length;
}
