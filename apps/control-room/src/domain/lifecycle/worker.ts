import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { SignalboxError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import { JOBS, type TakenJob } from './job.ts';
import type { Jobs } from './jobs.ts';

/** After this long without a sign of life another server takes a job over. */
export const LEASE_SECONDS = 30;
const BEAT_MS = 10_000;
const AT_ONCE = 2;
/** A job that ends its server each time must end itself. */
const MOST_ATTEMPTS = 5;
/** Somebody looks this often even when nothing is due: a backstop, not the way things get done. */
const LOOK_EVERY_SECONDS = 30;
const PASSWORD_LOST =
  'The server that was told the password was stopped, and the password is kept nowhere else. Please order it again.';

/** Does one job; its end is written by itself, in the transaction of what it did. */
export type DoJob = (
  job: TakenJob,
  work: { caller: Caller; password: string | undefined; signal: AbortSignal },
) => Promise<void>;

/**
 * Does what was ordered, on whichever server has room, under a lease. A job of a server that fell silent is done again
 * from its start: nothing of it was visible.
 *
 * A password lives in the memory of the server that was told it and nowhere else. Only that one can do the job; is it
 * killed, the job fails and says why.
 */
export function createWorker({ database, wakeUps, log }: Kernel, identity: Identity, jobs: Jobs, perform: DoJob) {
  const me = randomUUID();
  const stopping = new AbortController();
  const passwords = new Map<string, string>();
  const underWay = new Map<
    string,
    { readonly done: Promise<void>; readonly cancel: AbortController; readonly attempt: number }
  >();
  let timer: NodeJS.Timeout | undefined;
  let beat: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  function lookIn(seconds: number): void {
    clearTimeout(timer);
    if (!stopping.signal.aborted) timer = setTimeout(look, Math.min(seconds, LOOK_EVERY_SECONDS) * 1000);
  }

  /** One look at a time; whoever asks during one gets another after it. */
  function look(): void {
    lookAgain = true;
    // Not in the name of the request that woke it.
    looking ??= database.during({ requestId: '', address: '' }, lookUntilDone).finally(() => {
      looking = undefined;
    });
  }

  async function lookUntilDone(): Promise<void> {
    while (lookAgain && !stopping.signal.aborted) {
      lookAgain = false;
      try {
        await failOrphans();
        for (const job of await take()) start(job);
        lookIn(LOOK_EVERY_SECONDS);
      } catch (cause) {
        log.warn({ err: cause }, 'Exports and imports could not be looked through; the next look comes.');
        lookIn(2);
      }
    }
  }

  /** Jobs whose password died with its server. */
  async function failOrphans(): Promise<void> {
    const orphans = await database.all(
      sql<TakenJob>`update blm_job set status = 'IN_PROGRESS', attempt = attempt + 1, holder = ${me}, lease_until = present() + make_interval(secs => ${LEASE_SECONDS})
        where id in (select id from blm_job where status in ('PENDING', 'IN_PROGRESS') and has_password and lease_until <= present()
          and not (id = any(${[...passwords.keys()]}::uuid[])) for update skip locked) returning ${TAKEN}`,
    );
    for (const job of orphans) await fail(job, PASSWORD_LOST);
  }

  function take(): Promise<TakenJob[]> {
    const room = AT_ONCE - underWay.size;
    if (room <= 0) return Promise.resolve([]);
    return database.all(
      sql<TakenJob>`update blm_job set status = 'IN_PROGRESS', attempt = attempt + 1, holder = ${me}, entries_done = 0,
          lease_until = present() + make_interval(secs => ${LEASE_SECONDS})
        where id in (select id from blm_job where status in ('PENDING', 'IN_PROGRESS') and not (id = any(${[...underWay.keys()]}::uuid[]))
          and case when has_password then id = any(${[...passwords.keys()]}::uuid[]) else status = 'PENDING' or lease_until <= present() end
          order by created_on limit ${room} for update skip locked) returning ${TAKEN}`,
    );
  }

  function start(job: TakenJob): void {
    const cancel = new AbortController();
    const done = database
      .during({ requestId: job.requestId, address: job.address }, () =>
        attempt(job, AbortSignal.any([cancel.signal, stopping.signal])),
      )
      .finally(() => {
        underWay.delete(job.id);
        look();
      });
    underWay.set(job.id, { done, cancel, attempt: job.attempt });
  }

  async function attempt(job: TakenJob, signal: AbortSignal): Promise<void> {
    const began = Date.now();
    const about = { job: job.id, type: job.type, attempt: job.attempt };
    try {
      if (job.attempt > MOST_ATTEMPTS) {
        await fail(job, `It was given up: ${MOST_ATTEMPTS} times in a row its server stopped in the middle.`);
        return;
      }
      const caller = await identity.callerFor(job.userId);
      if (!caller) {
        await fail(job, 'The user who ordered it is disabled or deleted.');
        return;
      }
      log.info(about, `${job.type === 'EXPORT' ? 'An export' : 'An import'} begins.`);
      await perform(job, { caller, password: passwords.get(job.id), signal });
      passwords.delete(job.id);
      log.info(
        { ...about, milliseconds: Date.now() - began },
        `${job.type === 'EXPORT' ? 'An export' : 'An import'} is done.`,
      );
    } catch (cause) {
      await settle(job, cause, signal).catch((second) => {
        log.warn({ err: second, ...about }, 'The end of a job could not be written; another server takes it over.');
      });
    }
  }

  /** What was the order's fault ends it; what was the machine's lets it be done again. */
  async function settle(job: TakenJob, cause: unknown, signal: AbortSignal): Promise<void> {
    if (stopping.signal.aborted && !passwords.has(job.id)) {
      await database.all(sql`update blm_job set status = 'PENDING', lease_until = null, attempt = attempt - 1
        where id = ${job.id} and attempt = ${job.attempt} and status = 'IN_PROGRESS'`);
      return;
    }
    if (stopping.signal.aborted) return fail(job, PASSWORD_LOST);
    if (signal.aborted) return;
    if (isPassing(cause)) {
      log.warn({ err: cause, job: job.id }, 'A job was broken off by the database and is done again.');
      await database.all(
        sql`update blm_job set status = 'PENDING' where id = ${job.id} and attempt = ${job.attempt} and status = 'IN_PROGRESS'`,
      );
      return;
    }
    if (cause instanceof SignalboxError && cause.status < 500) {
      const details = cause.details === '' ? '' : ` (${cause.details})`;
      return fail(job, `${cause.message}${details}`);
    }
    log.error({ err: cause, job: job.id }, 'A job failed for a reason that is ours.');
    return fail(job, `Something went wrong in the server; its log names the job ${job.id}.`);
  }

  async function fail(job: TakenJob, reason: string): Promise<void> {
    passwords.delete(job.id);
    const username = (await identity.usernames([job.userId])).get(job.userId) ?? '';
    await database.transaction(async (tx) => {
      await jobs.end(tx, job, { errorMessage: reason });
      await recordAudit(tx, {
        actor: actorOf({ userId: job.userId, username }),
        action: job.type === 'EXPORT' ? 'blm.export' : 'blm.import',
        subject: { type: 'blmJob', id: job.id, name: job.name },
        outcome: 'UNSUCCESSFUL',
        details: { reason: reason.slice(0, 500) },
      });
    });
    log.info({ job: job.id, type: job.type, reason }, 'A job failed.');
  }

  /** Says that this server lives; what it lost meanwhile it breaks off. */
  async function signOfLife(): Promise<void> {
    const ours = [...new Set([...underWay.keys(), ...passwords.keys()])];
    if (ours.length === 0) return;
    const attempts = new Map(
      (
        await database.all(
          sql<{
            id: string;
            attempt: number;
          }>`update blm_job set lease_until = present() + make_interval(secs => ${LEASE_SECONDS})
            where id = any(${ours}::uuid[]) and holder = ${me} and status in ('PENDING', 'IN_PROGRESS') returning id, attempt`,
        )
      ).map(({ id, attempt: number }) => [id, number]),
    );
    for (const [id, { cancel, attempt: number }] of underWay)
      if (attempts.get(id) !== number) cancel.abort(new Error('Another server has taken the job over.'));
  }

  return {
    /** Who a job with a password is bound to. */
    me,
    /** In memory until the job ends. Before its row is there: whoever looks must find it. */
    remember(id: string, password: string): void {
      passwords.set(id, password);
    },
    forget(id: string): void {
      passwords.delete(id);
    },

    start(): void {
      wakeUps.on(JOBS, look);
      wakeUps.on('clock', look);
      wakeUps.onGap(() => lookIn(1));
      beat = setInterval(() => {
        signOfLife().catch((cause) => log.warn({ err: cause }, 'The leases of jobs could not be extended.'));
      }, BEAT_MS);
      look();
    },

    /** What is under way is broken off, and done again by whoever comes next. */
    async stop(): Promise<void> {
      stopping.abort(new Error('The server is shutting down.'));
      clearTimeout(timer);
      clearInterval(beat);
      await looking;
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}

const TAKEN = sql`id, type, user_id as "userId", name, wanted, archive_id as "archiveId", attempt, request_id as "requestId", address`;

/** The database went away, or two transactions stood in each other's way. */
function isPassing(cause: unknown): boolean {
  if (cause instanceof SignalboxError) return cause.kind === 'unavailable' || cause.kind === 'precondition';
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && code.startsWith('40');
}
