import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { isPassing } from '../launches/index.ts';
import { PROCESS_RUN_ENDED } from '../processes/index.ts';
import { RUN_ENDED } from '../runs/index.ts';
import { GRACE } from './deciding.ts';
import { type Firing, SCHEDULES } from './firing.ts';
import { readHeld } from './schedule.ts';

/** Somebody looks this often even when nothing is due: a backstop, not the way things get done. */
const AT_LEAST_EVERY_SECONDS = 30;
/** What is due and held by another server is its business. */
const AT_MOST_EVERY_SECONDS = 0.25;
/** While one waits for another: the end of some runs is not announced. */
const WHILE_ONE_WAITS_SECONDS = 5;
const SET_ASIDE_SECONDS = 600;
/** 4,000 that were due at once took 63 s one by one and 23 s four at a time (2 shared cores): most of it is waiting for commits. */
const SETTLED_AT_ONCE = 4;

/** Watches for schedules whose time has come. Several servers share the work; each schedule is held by one at a time. */
export function createLookOut({ database, wakeUps, log }: Kernel, firing: Firing) {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let stopped = false;
  let oneWaits = false;
  /** Since when this server is at those that are due without a break, and when it was last seen at it. */
  let atIt: { readonly since: Temporal.Instant; readonly seen: Temporal.Instant } | undefined;

  function lookIn(seconds: number): void {
    clearTimeout(timer);
    const most = oneWaits ? WHILE_ONE_WAITS_SECONDS : AT_LEAST_EVERY_SECONDS;
    if (!stopped) timer = setTimeout(look, Math.max(AT_MOST_EVERY_SECONDS, Math.min(seconds, most)) * 1000);
  }

  /**
   * One look at a time; whoever asks during one gets another after it. Bound to the server's own context: who wakes it may
   * be in the middle of a request, whose transaction and origin are not those of what is fired.
   */
  const look = AsyncLocalStorage.bind((): void => {
    if (stopped) return;
    lookAgain = true;
    looking ??= lookUntilDone().finally(() => {
      looking = undefined;
      if (lookAgain && !stopped) look();
    });
  });

  async function lookUntilDone(): Promise<void> {
    while (lookAgain && !stopped) {
      lookAgain = false;
      try {
        await settleAll();
        await settleWaiting();
        atIt = undefined;
        lookIn(await secondsToNext());
      } catch (cause) {
        log.warn({ err: cause }, 'The schedules could not be looked through; the next look comes.');
        lookIn(2);
      }
    }
  }

  /** When one fails the others are waited for: nothing goes on behind the back of a stop. */
  async function settleAll(): Promise<void> {
    const settlers = Array.from({ length: SETTLED_AT_ONCE }, async () => {
      while (!stopped && (await settleNext())) {}
    });
    for (const done of await Promise.allSettled(settlers)) if (done.status === 'rejected') throw done.reason;
  }

  /** What waits its turn behind many others was noticed when they were. A standstill in between is a new beginning. */
  function noticed(now: Temporal.Instant): Temporal.Instant {
    const goesOn = atIt !== undefined && Temporal.Duration.compare(atIt.seen.until(now), GRACE) <= 0;
    atIt = { since: goesOn && atIt ? atIt.since : now, seen: now };
    return atIt.since;
  }

  function settleNext(): Promise<boolean> {
    return database.transaction(async (tx) => {
      const due = await tx.first(
        sql<{ id: number }>`select id from schedule where status = 'ACTIVE' and next_run_on <= present()
          order by next_run_on limit 1 for update skip locked`,
      );
      if (due) await settle(tx, due.id);
      return due !== undefined;
    });
  }

  async function settle(tx: Transaction, id: number): Promise<void> {
    await tx.all(sql`savepoint settling`);
    try {
      const { row, now } = await readHeld(tx, id);
      await firing.settleDue(tx, row, now, noticed(now));
    } catch (cause) {
      if (isPassing(cause)) throw cause;
      // One that cannot be settled must not stand before all others.
      log.error({ err: cause, schedule: id }, 'A schedule could not be settled; it is looked at again later.');
      await tx.all(sql`rollback to savepoint settling`);
      await tx.all(
        sql`update schedule set next_run_on = present() + make_interval(secs => ${SET_ASIDE_SECONDS}) where id = ${id}`,
      );
    }
  }

  async function settleWaiting(): Promise<void> {
    const waiting = await database.all(
      sql<{ id: number }>`select distinct schedule_id as id from schedule_occurrence where outcome = 'WAITING'`,
    );
    oneWaits = waiting.length > 0;
    for (const { id } of waiting) {
      if (stopped) return;
      await database.transaction(async (tx) => {
        const held = await tx.first(sql`select 1 from schedule where id = ${id} for update skip locked`);
        if (!held) return;
        const { row, now } = await readHeld(tx, id);
        await firing.settleWaiting(tx, row, now);
      });
    }
  }

  async function secondsToNext(): Promise<number> {
    const next = await database.first(
      sql<{ seconds: number | null }>`select extract(epoch from min(next_run_on) - present())::float8 as seconds
        from schedule where status = 'ACTIVE' and next_run_on is not null`,
    );
    return next?.seconds ?? AT_LEAST_EVERY_SECONDS;
  }

  return {
    start(): void {
      wakeUps.on(SCHEDULES, look);
      wakeUps.on('clock', look);
      for (const end of [RUN_ENDED, PROCESS_RUN_ENDED]) {
        wakeUps.on(end, () => {
          if (oneWaits) look();
        });
      }
      wakeUps.onGap(() => lookIn(1));
      look();
    },
    /** What is begun is finished. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
