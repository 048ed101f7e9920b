import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import {
  type Database,
  escapeCopy,
  openCopy,
  storableText,
  type Transaction,
  violatedConstraint,
} from '../../kernel/database/index.ts';
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
const BATCH = 10_000;
/** Lines that are made in one go: a tenth of a millisecond. */
const STRETCH = 100;
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
    await database
      .transaction((tx) => copyIn(tx, batch))
      .catch(async (cause) => {
        // The answer of an earlier try was lost, not its rows: what is missing of them is added.
        if (violatedConstraint(cause) !== 'run_pkey') throw cause;
        const known = await database.all(
          sql<{ id: string }>`select id from run where id = any(${batch.map(({ runId }) => runId)}::uuid[])`,
        );
        const missing = batch.filter(({ runId }) => !known.some(({ id }) => id === runId));
        if (missing.length > 0) await database.transaction((tx) => copyIn(tx, missing));
      });
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

/**
 * COPY and not INSERT: it took 16 µs of PostgreSQL's time a row where this takes 4 (measured), and at 20,000 calls a second
 * the calls want that core.
 */
async function copyIn(tx: Transaction, batch: readonly Execution[]): Promise<void> {
  const row = await tx.first(sql<{ now: Temporal.Instant }>`select present() as now`);
  const clock = momentsFrom((row?.now.epochMilliseconds ?? Date.now()) - performance.now());
  const copy = openCopy(
    tx.client,
    `copy run (id, kind, status, file_id, file_path, user_id, created_by, message, error_line, error_path, created_on, started_on, ended_on) from stdin`,
  );
  try {
    for (let at = 0; at < batch.length; at += STRETCH) {
      await copy.write(
        batch
          .slice(at, at + STRETCH)
          .map((one) => lineOf(one, clock))
          .join(''),
      );
      // Callers are answered in between.
      await nextTurn();
    }
    await copy.end();
  } catch (cause) {
    await copy.abort();
    throw cause;
  }
}

/** From this process's running time to moments of the database's clock. Of thousands in a batch most share a millisecond. */
function momentsFrom(offset: number): (at: number) => string {
  let last = 0;
  let text = '';
  return (at) => {
    const millisecond = Math.round(at + offset);
    if (millisecond !== last) {
      last = millisecond;
      text = new Date(millisecond).toISOString();
    }
    return text;
  };
}

function lineOf(run: Execution, moment: (at: number) => string): string {
  const started = moment(run.startedAt);
  const path = run.errorPath === null ? '\\N' : escapeCopy(storableText(run.errorPath));
  return `${run.runId}\tREAL_TIME\t${run.status}\t${run.fileId}\t${escapeCopy(run.filePath)}\t${run.userId}\t${run.createdBy}\t${escapeCopy(storableText(run.message))}\t${run.errorLine ?? '\\N'}\t${path}\t${started}\t${started}\t${moment(run.endedAt)}\n`;
}
