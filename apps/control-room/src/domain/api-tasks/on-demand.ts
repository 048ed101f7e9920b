import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { storableJson, storableText, type Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { BotPool, Bots, RunOutcome } from '../bots/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import {
  automationNameOf,
  type Callback,
  type DeploymentRequest,
  type EndedRun,
  ON_DEMAND_STOP,
  type Runs,
} from '../runs/index.ts';
import { requireApiTask } from './api-task-file.ts';
import { statusOf } from './outcome.ts';

export interface OnDemandOptions {
  readonly timeLimitSeconds: number;
  /** How many runs may be under way in the whole installation. */
  readonly slots: number;
}

export interface Deployment {
  readonly fileId: number;
  readonly automationName: string | undefined;
  /** Typed values by variable name. */
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly executions: number;
  /** Without it a deployment that finds no free slot is refused. */
  readonly mayQueue: boolean;
  readonly runAsUserId: number | undefined;
  readonly description?: string | undefined;
  /** Told about the end of each run. */
  readonly callback?: Callback | undefined;
  /** What fires it, when no person does. */
  readonly trigger?: DeploymentRequest['trigger'];
}

/** The vendor's maximum is not known; this many runs of one request are still one transaction. */
const MOST_EXECUTIONS = 1_000;
/** A server that says nothing for so long is taken for lost. */
const ALIVE_SECONDS = 30;
const HEARTBEAT_MS = 10_000;
/** Claims take turns, so that the slots are counted right. */
const CLAIM_LOCK = 7_410_002;

interface Claimed {
  readonly id: string;
  readonly fileId: number;
  readonly userId: number;
  readonly userName: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * API Tasks that run when there is a slot for them, and whose callers look at the record for the outcome (contract b §2.8).
 * A run that was accepted is on disk. It is begun once: when the server that had it is lost, nobody knows how far it
 * came, and it ends as UNKNOWN.
 */
export function createOnDemand(
  { database, wakeUps, log }: Kernel,
  parts: { readonly bots: Bots; readonly repository: Repository; readonly runs: Runs },
  { timeLimitSeconds, slots }: OnDemandOptions,
) {
  const { bots, repository, runs } = parts;
  const serverId = randomUUIDv7();
  const underWay = new Map<string, { readonly done: Promise<void>; readonly stop: (reason: string) => void }>();
  let claiming: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let heartbeat: NodeJS.Timeout | undefined;

  function lookSoon(): void {
    if (closed) return;
    again = true;
    claiming ??= (async () => {
      while (again && !closed) {
        again = false;
        for (const run of await claim()) begin(run);
      }
    })()
      .catch((cause) => {
        log.warn({ err: cause }, 'Runs on demand could not be looked for; trying again.');
        setTimeout(lookSoon, 1_000).unref();
      })
      .finally(() => {
        claiming = undefined;
        if (again) lookSoon();
      });
  }

  function claim(): Promise<Claimed[]> {
    return database.transaction(async (tx) => {
      const free = slots - (await busySlots(tx, `status = 'RUNNING'`));
      if (free <= 0) return [];
      return tx.all(
        sql<Claimed>`with chosen as (
            select id from run where status = 'QUEUED' and kind = 'ON_DEMAND' order by created_on limit ${free} for update skip locked
          )
          update run r set status = 'RUNNING', started_on = present(), server_id = ${serverId},
            alive_until = present() + make_interval(secs => ${ALIVE_SECONDS})
          from chosen c, app_user u where r.id = c.id and u.id = r.user_id
          returning r.id, r.file_id as "fileId", r.user_id as "userId", u.username as "userName", r.inputs`,
      );
    });
  }

  function begin(run: Claimed): void {
    heartbeat ??= setInterval(() => void beat(), HEARTBEAT_MS).unref();
    const controller = new AbortController();
    const done = work(run, controller.signal)
      .catch((cause: unknown): RunOutcome => {
        const message = cause instanceof Error ? cause.message : String(cause);
        return { kind: 'failed', reason: 'error', message, line: 0, botPath: '' };
      })
      .then((outcome) => end(run.id, outcome))
      .finally(() => {
        underWay.delete(run.id);
        if (underWay.size === 0) {
          clearInterval(heartbeat);
          heartbeat = undefined;
        }
        lookSoon();
      });
    underWay.set(run.id, { done, stop: (reason) => controller.abort(reason) });
  }

  async function work(run: Claimed, stop: AbortSignal): Promise<RunOutcome> {
    const bundle = await repository.bundles.get(run.fileId);
    if (bundle === undefined) throw new Error('The bot is gone.');
    const opened = await bots.openPool(bundle, 1);
    if (!('pool' in opened)) {
      const [first] = opened.problems;
      throw new Error(`${first?.botPath}, line ${first?.line}: ${first?.message}`);
    }
    const pool: BotPool = opened.pool;
    try {
      return await new Promise<RunOutcome>((settle) => {
        const heed = (): void => pool.stop(run.id, String(stop.reason));
        stop.addEventListener('abort', heed, { once: true });
        pool.submit({
          runId: run.id,
          userId: run.userId,
          userName: run.userName,
          deadline: Date.now() + timeLimitSeconds * 1000,
          body: JSON.stringify({ botInput: run.inputs }),
          settle,
        });
        if (stop.aborted) heed();
      });
    } finally {
      pool.close();
    }
  }

  /** Tried until it is on disk: it is the only place where the outcome is. */
  async function end(id: string, outcome: RunOutcome): Promise<void> {
    const status = statusOf(outcome);
    const outputs = outcome.kind === 'completed' ? storableJson(JSON.stringify(botOutputOf(outcome.answer))) : null;
    const message = outcome.kind === 'completed' ? '' : storableText(outcome.message.slice(0, 2_000));
    const failure = outcome.kind === 'failed' ? outcome : undefined;
    for (let tries = 1; ; tries++) {
      try {
        await database.transaction(async (tx) => {
          const ended = await tx.all(
            sql<EndedRun>`update run r set status = ${status}, version = r.version + 1, ended_on = present(), outputs = ${outputs}, message = ${message},
                error_line = ${failure?.line ?? null}, error_path = ${failure?.botPath ?? null}, alive_until = null, modified_by = 0, modified_on = present()
              where r.id = ${id} and r.server_id = ${serverId} and r.status = 'RUNNING' returning ${runs.ends.columns}`,
          );
          await runs.ends.tell(tx, { type: 'system', id: 0, name: 'system' }, ended);
        });
        return;
      } catch (cause) {
        if (closed && tries > 3) throw cause;
        log.warn({ err: cause, run: id }, 'The end of a run could not be recorded yet; trying again.');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  async function beat(): Promise<void> {
    await database
      .all(sql`update run set alive_until = present() + make_interval(secs => ${ALIVE_SECONDS})
        where id = any(${[...underWay.keys()]}::uuid[]) and server_id = ${serverId} and status = 'RUNNING'`)
      .catch((cause) => log.warn({ err: cause }, 'Runs under way could not be kept alive; the next beat tries again.'));
  }

  wakeUps.on('on-demand', lookSoon);
  wakeUps.on(ON_DEMAND_STOP, (id) => underWay.get(id)?.stop('Somebody stopped it.'));
  wakeUps.onGap(lookSoon);

  return {
    start: lookSoon,

    /**
     * Accepts a deployment: as many runs as it asks for.
     *
     * @throws notFound; forbidden without the right to run it; invalid for a file that cannot be run; precondition when no
     *   slot is free and it may not wait
     */
    async deploy(caller: Caller, given: Deployment): Promise<{ deploymentId: string; automationName: string }> {
      const { executions } = given;
      if (executions < 1 || executions > MOST_EXECUTIONS) {
        throw error('invalid', `numberOfExecutions is ${executions}.`, { details: `expected 1 to ${MOST_EXECUTIONS}` });
      }
      await repository.rights.require(caller, given.fileId, 'run');
      const { entry } = await requireApiTask(caller, given.fileId, parts);
      const userId = given.runAsUserId ?? caller.userId;
      const deploymentId = randomUUIDv7();
      const automationName =
        given.automationName || automationNameOf(entry.name, caller.username, Temporal.Now.instant());
      await database.transaction(async (tx) => {
        const user = await tx.first(
          sql`select 1 from app_user where id = ${userId} and deleted_on is null and not disabled`,
        );
        if (!user) throw error('invalid', `INVALID_ARGUMENT: there is no active user with the id ${userId}.`);
        if (!given.mayQueue) {
          const free = slots - (await busySlots(tx, `status in ('QUEUED', 'RUNNING')`));
          if (free < executions) {
            throw error('precondition', `There are ${Math.max(0, free)} free slots for ${executions} runs.`, {
              details: `slots: ${slots}; set queueOnSlotsExhaustion to let them wait`,
            });
          }
        }
        const { description, callback, trigger } = given;
        const createdBy = caller.userId;
        await runs.deployments.record(tx, {
          id: deploymentId,
          automationName,
          createdBy,
          description,
          callback,
          trigger,
        });
        await tx.all(sql`insert into run (id, kind, status, deployment_id, automation_name, file_id, file_path, user_id, created_by, inputs)
          select id, 'ON_DEMAND', 'QUEUED', ${deploymentId}, ${automationName}, ${entry.id}, ${entry.path}, ${userId}, ${caller.userId},
            ${JSON.stringify(given.botInput)}::jsonb
          from unnest(${Array.from({ length: executions }, () => randomUUIDv7())}::uuid[]) as given (id)`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'bot.deploy',
          subject: { type: 'bot', id: entry.id, name: entry.path },
          details: { deploymentId, automationName, executions, runAs: userId },
        });
        await announce(tx, 'on-demand', '*');
      });
      return { deploymentId, automationName };
    },

    /** A background duty: runs of servers that are gone. Answers how many. */
    async sweep(): Promise<number> {
      const lost = await database.all(sql`update run set status = 'UNKNOWN', ended_on = present(), alive_until = null,
          message = 'The server that ran it is gone; how far it came is not known.'
        where id in (select id from run where alive_until < present() and status = 'RUNNING' for update skip locked) returning id`);
      if (lost.length > 0) lookSoon();
      return lost.length;
    },

    async close(): Promise<void> {
      closed = true;
      await claiming;
      for (const { stop } of underWay.values()) stop('The server was shut down.');
      await Promise.all([...underWay.values()].map(({ done }) => done));
      clearInterval(heartbeat);
    },
  };
}

/** Runs in one of these states, counted while nobody else counts. */
async function busySlots(tx: Transaction, where: `status ${string}`): Promise<number> {
  await tx.all(sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
  const row = await tx.first(
    sql<{ busy: number }>`select count(*)::int as busy from run where kind = 'ON_DEMAND' and ${sql.raw(where)}`,
  );
  return row?.busy ?? 0;
}

function botOutputOf(answer: string): unknown {
  return (JSON.parse(answer) as { hotBotResult: { botOutput: unknown } }).hotBotResult.botOutput;
}
