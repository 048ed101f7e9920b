import { randomUUIDv7 } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { BotPool, Bots, RunOutcome } from '../bots/index.ts';
import type { TaskCaller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import type { RunStatus } from '../runs/index.ts';
import { type Allocation, type createAllocations, notAllocated } from './allocations.ts';
import type { createExecutions } from './executions.ts';
import { statusOf } from './outcome.ts';

export interface RealTimeOptions {
  readonly timeLimitSeconds: number;
}

interface Standing {
  readonly allocation: Allocation;
  /** Undefined where the bot has problems; then every call says which. */
  readonly pool: BotPool | undefined;
  readonly problem: string;
}

/** When many files change at once the bots are looked at once. */
const SETTLE_MS = 20;
/** A call that comes too early is worth another try after this long. */
const BUSY_RETRY_SECONDS = 1;

/**
 * The API Tasks that stand ready on this server: for each allocation a pool of warm threads with the bot compiled. Kept as
 * the database says, on every replica; a new check-in is swapped in without a call being dropped, and one that has
 * problems leaves the last good version at work.
 */
export function createRealTime(
  { wakeUps, log, metrics }: Kernel,
  parts: {
    readonly bots: Bots;
    readonly repository: Repository;
    readonly allocations: ReturnType<typeof createAllocations>;
    readonly executions: ReturnType<typeof createExecutions>;
  },
  { timeLimitSeconds }: RealTimeOptions,
) {
  const { bots, repository, allocations, executions } = parts;
  const standing = new Map<number, Standing>();
  let turn: Promise<void> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  let closed = false;
  metrics.gauge('api_task_threads', 'Warm threads of API Tasks.', [], (gauge) =>
    gauge.set([...standing.values()].reduce((sum, { pool }) => sum + (pool?.threads ?? 0), 0)),
  );
  const counter = metrics.counter('api_task_runs_total', 'Real-time runs, by how they ended.', ['status']);
  const ended = new Map(ENDINGS.map((status) => [status, counter.labels({ status })]));

  /** One look after the other; a look that was asked for while one is under way comes after it. */
  function reconcile(): Promise<void> {
    turn = turn.then(look).catch((cause) => {
      log.warn({ err: cause }, 'The API Tasks could not be looked at; trying again.');
      reconcileSoon(1_000);
    });
    return turn;
  }

  function reconcileSoon(ms = SETTLE_MS): void {
    if (!closed)
      soon ??= setTimeout(() => {
        soon = undefined;
        void reconcile();
      }, ms);
  }

  async function look(): Promise<void> {
    if (closed) return;
    const wanted = new Map((await allocations.all()).map((allocation) => [allocation.fileId, allocation]));
    for (const [fileId, { pool }] of standing) {
      if (wanted.has(fileId)) continue;
      standing.delete(fileId);
      pool?.close();
    }
    for (const allocation of wanted.values()) standing.set(allocation.fileId, await bringUp(allocation));
  }

  async function bringUp(allocation: Allocation): Promise<Standing> {
    const known = standing.get(allocation.fileId);
    const bundle = await repository.bundles.get(allocation.fileId);
    if (bundle === undefined) return { allocation, pool: known?.pool, problem: 'The bot has no content.' };
    if (known?.pool !== undefined) {
      known.pool.limit = allocation.concurrencyLimit;
      if (known.pool.hash === bundle.hash) return { ...known, allocation };
      const [first] = await known.pool.swap(bundle);
      if (first !== undefined) {
        log.warn(
          { bot: bundle.path, line: first.line, problem: first.message },
          'The new version of an API Task cannot run; the one before it goes on.',
        );
      }
      return { ...known, allocation };
    }
    const opened = await bots.openPool(bundle, allocation.concurrencyLimit);
    if ('pool' in opened) return { allocation, pool: opened.pool, problem: '' };
    const [first] = opened.problems;
    const problem = `${first?.botPath}, line ${first?.line}: ${first?.message}`;
    log.warn({ bot: bundle.path, problem }, 'An API Task cannot run.');
    return { allocation, pool: undefined, problem };
  }

  wakeUps.on('api-tasks-changed', () => reconcileSoon());
  wakeUps.on('repository-changed', () => reconcileSoon());
  wakeUps.on('identity-changed', () => reconcileSoon());
  wakeUps.onGap(() => reconcileSoon(250));

  /** After a start, or when another replica has just allocated it, a task may be called before it stands here. */
  async function bringNow(fileId: number): Promise<Standing> {
    if ((await allocations.find(fileId)) === undefined) throw notAllocated(fileId);
    await reconcile();
    const found = standing.get(fileId);
    if (found === undefined) throw notAllocated(fileId);
    return found;
  }

  return {
    reconcile,

    /**
     * Runs the task with this body and answers what the caller gets, as JSON.
     *
     * @throws forbidden for the token of another task; apiTaskBusy over the limit; invalid for inputs that cannot be read;
     *   apiTaskFailed for the bot's own error; apiTaskTimedOut; unavailable while the record cannot be kept
     */
    async execute(
      caller: TaskCaller,
      fileId: number,
      body: string,
      onHangUp: (listener: () => void) => void,
    ): Promise<string> {
      requireRight(caller, fileId);
      const { allocation, pool, problem } = standing.get(fileId) ?? (await bringNow(fileId));
      if (pool === undefined)
        throw error('unavailable', 'The API Task cannot run at the moment.', { details: problem });
      if (executions.full())
        throw error('unavailable', 'Runs cannot be recorded at the moment, so none is begun.', { retryAfter: 5 });
      const runId = randomUUIDv7();
      const startedAt = performance.now();
      const outcome = await new Promise<RunOutcome>((settle) => {
        const userName = allocation.runAsUserName ?? caller.username;
        const userId = allocation.runAsUserId ?? caller.userId;
        const deadline = Date.now() + timeLimitSeconds * 1000;
        if (!pool.submit({ runId, userId, userName, deadline, body, settle })) {
          settle(BUSY);
          return;
        }
        onHangUp(() => pool.stop(runId, 'The caller hung up.'));
      });
      if (outcome === BUSY) {
        throw error('apiTaskBusy', `The API Task is at work ${allocation.concurrencyLimit} times already.`, {
          details: `concurrencyLimit ${allocation.concurrencyLimit}`,
          retryAfter: BUSY_RETRY_SECONDS,
        });
      }
      if (outcome.kind === 'refused') {
        throw outcome.code === 'body'
          ? error('bodyNotReadable', 'The body is not JSON.', { details: outcome.message.slice(0, 300) })
          : error('invalid', outcome.message, { details: 'expected typed values in botInput' });
      }
      const status = statusOf(outcome);
      const failure = outcome.kind === 'failed' ? outcome : undefined;
      executions.record({
        runId,
        status,
        fileId,
        filePath: allocation.filePath,
        userId: allocation.runAsUserId ?? caller.userId,
        createdBy: caller.userId,
        message: failure?.message.slice(0, 2_000) ?? '',
        errorLine: failure?.line ?? null,
        errorPath: failure?.botPath ?? null,
        startedAt,
        endedAt: performance.now(),
      });
      ended.get(status)?.inc();
      if (outcome.kind === 'completed') return outcome.answer;
      throw refusalOf(outcome, runId, timeLimitSeconds);
    },

    async close(): Promise<void> {
      closed = true;
      clearTimeout(soon);
      await turn;
      for (const { pool } of standing.values()) pool?.close();
    },
  };
}

const ENDINGS: readonly RunStatus[] = ['COMPLETED', 'RUN_FAILED', 'RUN_ABORTED', 'RUN_TIMED_OUT'];

/** The answer of a pool that has no room, by identity. */
const BUSY: RunOutcome = { kind: 'failed', reason: 'error', message: 'busy', line: 0, botPath: '' };

function requireRight(caller: TaskCaller, fileId: number): void {
  if (caller.botId !== fileId) {
    throw error('forbidden', 'The token is for another API Task.', {
      details: 'ask for access details of this one: POST /orchestrator/v1/hotbot/config/accessdetails',
    });
  }
  if (!caller.may('repositorymanager.run')) {
    throw error('forbidden', `${caller.username} may no longer run bots.`, {
      details: 'needed: repositorymanager.run',
    });
  }
}

function refusalOf(outcome: Extract<RunOutcome, { kind: 'failed' }>, runId: string, seconds: number): Error {
  const record = `run ${runId}, kept at /v3/activity/execution/${runId}`;
  if (outcome.reason === 'deadline') {
    return error('apiTaskTimedOut', `The API Task did not end within ${seconds} s and was stopped.`, {
      details: record,
    });
  }
  if (outcome.reason === 'stopped') return error('unavailable', outcome.message, { details: record, retryAfter: 1 });
  const where = outcome.line > 0 ? `line ${outcome.line} of ${outcome.botPath}; ` : '';
  return error('apiTaskFailed', outcome.message, { details: where + record });
}
