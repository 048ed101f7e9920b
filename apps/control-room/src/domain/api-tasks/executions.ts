import type { Database, HotStatement } from '../../kernel/database/index.ts';
import type { Logger } from '../../kernel/log.ts';
import type { RunStatus } from '../runs/index.ts';

/** A real-time run that has been answered, on its way into the record. */
export interface Execution {
  readonly runId: string;
  readonly status: RunStatus;
  readonly fileId: number;
  readonly filePath: string;
  readonly userId: number;
  readonly createdBy: number;
  readonly message: string;
  readonly errorLine: number | null;
  readonly errorPath: string | null;
  /** `performance.now()` of this process. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** So long a run may be in memory only: this, and one batch under way, is what a crash can lose of the record. */
const LONGEST_WAIT_MS = 250;
const BATCH = 2_000;
/** When the database is away runs wait for it here; beyond this many nothing more is run, for nothing would be recorded. */
const MOST_WAITING = 50_000;
const RETRY_MS = 1_000;

/**
 * Writes real-time runs into the record, in groups, after their callers have been answered: a call takes less time than a
 * commit does. The answer of a call is not kept, only that it was and how it ended.
 */
export function createExecutions(database: Database, log: Logger) {
  let waiting: Execution[] = [];
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function writeSoon(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void write();
    }, ms);
  }

  async function write(): Promise<void> {
    if (writing !== undefined) return writing;
    if (waiting.length === 0) return;
    const batch = waiting.slice(0, BATCH);
    writing = insert(batch)
      .then(() => {
        waiting = waiting.slice(batch.length);
        if (waiting.length > 0) writeSoon(waiting.length >= BATCH ? 0 : LONGEST_WAIT_MS);
      })
      .catch((cause) => {
        log.warn({ err: cause, runs: waiting.length }, 'Runs of API Tasks could not be recorded yet; trying again.');
        writeSoon(RETRY_MS);
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  }

  async function insert(batch: readonly Execution[]): Promise<void> {
    const now = performance.now();
    await database.hot(INSERT, [
      batch.map(({ runId }) => runId),
      batch.map(({ status }) => status),
      batch.map(({ fileId }) => fileId),
      batch.map(({ filePath }) => filePath),
      batch.map(({ userId }) => userId),
      batch.map(({ createdBy }) => createdBy),
      batch.map(({ message }) => message),
      batch.map(({ errorLine }) => errorLine),
      batch.map(({ errorPath }) => errorPath),
      batch.map(({ startedAt }) => (now - startedAt) / 1000),
      batch.map(({ endedAt }) => (now - endedAt) / 1000),
    ]);
  }

  return {
    /** Whether there is no room for another. */
    full: (): boolean => waiting.length >= MOST_WAITING,

    record(execution: Execution): void {
      waiting.push(execution);
      if (waiting.length >= BATCH) void write();
      else writeSoon(LONGEST_WAIT_MS);
    },

    /** Resolves when everything is on disk, or could not be put there. */
    async drain(): Promise<void> {
      clearTimeout(timer);
      timer = undefined;
      while (waiting.length > 0) {
        const before = waiting.length;
        await write();
        if (waiting.length >= before) break;
      }
      clearTimeout(timer);
    },
  };
}

/** A run that was written and is written again, because the answer of the database was lost, stays one. */
const INSERT: HotStatement = {
  name: 'run.record',
  text: `insert into run (id, kind, status, file_id, file_path, user_id, created_by, message, error_line, error_path, created_on, started_on, ended_on)
    select id, 'REAL_TIME', status, file_id, file_path, user_id, created_by, message, error_line, error_path,
      present() - make_interval(secs => started_ago), present() - make_interval(secs => started_ago), present() - make_interval(secs => ended_ago)
    from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::int[], $9::text[], $10::float8[], $11::float8[])
      as given (id, status, file_id, file_path, user_id, created_by, message, error_line, error_path, started_ago, ended_ago)
    on conflict (id) do nothing`,
};
