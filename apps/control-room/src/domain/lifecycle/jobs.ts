import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { ADMIN_ROLE, type Caller } from '../identity/index.ts';
import type { Archives, KeptArchive } from './archives.ts';
import { JOBS, type Job, type TakenJob, type WantedExport, type WantedImport } from './job.ts';

/** How long results can be asked for. */
const KEPT_FOR = '7 days';
/** Of one user, waiting or under way: each may keep an archive of gigabytes. */
const MOST_OPEN = 10;
/** A name is a file's name in the end. */
const LONGEST_NAME = 200;
const MOST_NOTICES = 50;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const COLUMNS = sql`j.id, j.type, j.status, j.user_id as "userId", j.name, j.archive_id as "archiveId",
  j.entries_done as "entriesDone", j.entries_total as "entriesTotal", j.notices, j.error_message as "errorMessage"`;

export interface NewJob {
  readonly id: string;
  readonly type: 'EXPORT' | 'IMPORT';
  readonly name: string;
  readonly wanted: WantedExport | WantedImport;
  readonly archiveId?: string;
  /** The server that was told the password. */
  readonly boundTo?: string;
}

/** Exports and imports as rows: ordered here, done by whichever server takes them on. */
export function createJobs({ database, wakeUps }: Kernel, archives: Archives) {
  const waiting = new Set<{ readonly id: string; readonly wake: () => void }>();
  let released = false;
  wakeUps.on(JOBS, (id) => {
    for (const one of waiting) if (one.id === id) one.wake();
  });
  wakeUps.onGap(() => {
    for (const one of waiting) one.wake();
  });

  /** Whoever ordered it, and administrators. @throws notFound */
  async function get(caller: Caller, id: string): Promise<Job> {
    const everything = caller.roleIds.has(ADMIN_ROLE);
    const job = UUID.test(id)
      ? await database.first(
          sql<Job>`select ${COLUMNS} from blm_job j where j.id = ${id} and (j.user_id = ${caller.userId} or ${everything})`,
        )
      : undefined;
    if (!job) throw error('notFound', 'There is no export or import with this id.');
    return job;
  }

  async function ofDownload(caller: Caller, id: string): Promise<Job | undefined> {
    const row = await database.first(
      sql<{ id: string }>`select id from blm_job where id = ${id} or archive_id = ${id}`,
    );
    return row && get(caller, row.id);
  }

  return {
    get,

    /** @throws tooManyJobs */
    order(caller: Caller, job: NewJob, leaseSeconds: number): Promise<void> {
      const { id } = job;
      return database.transaction(async (tx) => {
        const open = await tx.first(
          sql<{
            count: number;
          }>`select count(*) from blm_job where user_id = ${caller.userId} and status in ('PENDING', 'IN_PROGRESS')`,
        );
        if ((open?.count ?? 0) >= MOST_OPEN) {
          throw error('tooManyJobs', `${caller.username} has ${MOST_OPEN} exports and imports under way.`, {
            retryAfter: 10,
          });
        }
        const bound = job.boundTo ?? null;
        await tx.all(sql`insert into blm_job (id, type, user_id, name, wanted, has_password, archive_id, request_id, address, holder, lease_until)
          values (${id}, ${job.type}, ${caller.userId}, ${nameOf(job.name)}, ${JSON.stringify(job.wanted)}, ${bound !== null},
            ${job.archiveId ?? null}, ${tx.origin?.requestId ?? ''}, ${tx.origin?.address ?? ''}, ${bound},
            present() + make_interval(secs => ${leaseSeconds}))`);
        await announce(tx, JOBS, id);
      });
    },

    /**
     * The job as soon as it has ended; as it is after so many seconds, when the caller hangs up, or when the server stops.
     *
     * @throws notFound
     */
    async wait(caller: Caller, id: string, seconds: number, signal: AbortSignal): Promise<Job> {
      const { promise: over, resolve } = Promise.withResolvers<void>();
      let woken = Promise.withResolvers<void>();
      const one = { id: id.toLowerCase(), wake: () => woken.resolve() };
      const timer = setTimeout(resolve, seconds * 1000);
      signal.addEventListener('abort', () => resolve(), { once: true });
      // Listening begins before the first look, so that no end falls between the two.
      waiting.add(one);
      let isOver = false;
      over.then(() => {
        isOver = true;
      });
      try {
        for (;;) {
          woken = Promise.withResolvers<void>();
          const job = await get(caller, id);
          if (hasEnded(job) || isOver || released || signal.aborted) return job;
          await Promise.race([woken.promise, over]);
        }
      } finally {
        clearTimeout(timer);
        waiting.delete(one);
      }
    },

    /** Ends all waits, those to come too: the server is about to stop. */
    release(): void {
      released = true;
      for (const one of waiting) one.wake();
    },

    /** The archive of a finished export, by its id or the export's. The record says who took it. @throws notFound */
    async download(caller: Caller, id: string): Promise<{ name: string; archive: KeptArchive }> {
      const job = UUID.test(id) ? await ofDownload(caller, id) : undefined;
      if (!job?.archiveId || job.type !== 'EXPORT' || job.status !== 'COMPLETED')
        throw error('notFound', 'There is no finished export with this id.');
      const archive = await archives.find(job.archiveId);
      await database.transaction((tx) =>
        recordAudit(tx, {
          actor: actorOf(caller),
          action: 'blm.download',
          subject: { type: 'blmJob', id: job.id, name: job.name },
          details: { bytes: archive.size, sha256: archive.sha256.toString('hex') },
        }),
      );
      return { name: job.name, archive };
    },

    /** How far it is; seen at once, also while a transaction of the job is open. */
    async progress(job: TakenJob, done: number, total: number): Promise<void> {
      await database.ownTransaction((tx) =>
        tx.all(
          sql`update blm_job set entries_done = ${done}, entries_total = ${total} where id = ${job.id} and attempt = ${job.attempt}`,
        ),
      );
    },

    /** Ends it, in the transaction of what it did. @throws precondition when another server has taken it over meanwhile */
    async end(
      tx: Transaction,
      job: TakenJob,
      end: { readonly archiveId?: string; readonly notices?: readonly string[]; readonly errorMessage?: string },
    ): Promise<void> {
      const notices = shortened(end.notices ?? []);
      const ended = await tx.first(
        sql`update blm_job set status = ${end.errorMessage === undefined ? 'COMPLETED' : 'FAILED'}, ended_on = present(),
            error_message = ${(end.errorMessage ?? '').slice(0, 2_000)}, notices = ${JSON.stringify(notices)},
            archive_id = ${end.archiveId ?? null}, lease_until = null,
            entries_done = ${end.errorMessage === undefined ? sql`entries_total` : sql`entries_done`}
          where id = ${job.id} and attempt = ${job.attempt} and status = 'IN_PROGRESS' returning id`,
      );
      if (!ended) throw error('precondition', 'Another server has taken the job over.');
      // What was uploaded has served its purpose.
      if (job.archiveId !== null) await tx.all(sql`delete from blm_archive where id = ${job.archiveId}`);
      await announce(tx, JOBS, job.id);
    },

    /** Forgets results whose time is up, with their archives. */
    async sweep(): Promise<void> {
      await database.transaction(async (tx) => {
        await tx.all(sql`with old as (
            delete from blm_job where status in ('COMPLETED', 'FAILED') and ended_on < present() - ${KEPT_FOR}::interval returning archive_id
          ) delete from blm_archive where id in (select archive_id from old)`);
      });
      await archives.sweep();
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;

export function hasEnded({ status }: Job): boolean {
  return status === 'COMPLETED' || status === 'FAILED';
}

function nameOf(text: string): string {
  // It becomes a header.
  const name = text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  if (name === '') throw error('invalid', 'An export needs a name.');
  return name;
}

function shortened(notices: readonly string[]): string[] {
  const more = notices.length - MOST_NOTICES;
  return more > 0 ? [...notices.slice(0, MOST_NOTICES), `… and ${more} more.`] : [...notices];
}
