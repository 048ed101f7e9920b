import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error, SignalboxError } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { manageableBy, type RunKind, visibleTo } from './activity.ts';
import { DEVICE_RUNS, ON_DEMAND_STOP, POOL_RUNS } from './dispatch-topics.ts';
import { isFinal, type RunStatus, runSourcesOf } from './life-cycle.ts';
import type { EndedRun, RunEnds } from './run-ends.ts';
import { readRunId } from './run-id.ts';

export const MANAGE_ACTIONS = ['pause', 'resume', 'stop', 'archive'] as const;
export type ManageAction = (typeof MANAGE_ACTIONS)[number];

/** What could not be done, by the id under which it was asked for. */
export interface ManageError {
  readonly id: string;
  readonly error: SignalboxError;
}

interface Managed {
  readonly id: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
  readonly command: 'PAUSE' | 'RESUME' | 'STOP' | null;
  readonly deviceId: number | null;
  readonly poolIds: readonly number[] | null;
  readonly mayManage: boolean;
}

/**
 * What people do to runs (contract a §10.4, §10.5). A run that a runner has is asked of the runner, at once; its status
 * changes when the runner says that it is so. All of it may be repeated: what is so already is no error.
 */
export function createManaging(database: Database, ends: RunEnds) {
  return {
    /**
     * Each id is one run, or a deployment with all its runs. Answers the ids for which nothing could be done, with the
     * reason; the others are done.
     */
    async act(caller: Caller, action: ManageAction, ids: readonly string[]): Promise<ManageError[]> {
      const errors: ManageError[] = [];
      for (const id of ids) {
        await actOnOne(caller, action, id).catch((cause: unknown) => {
          if (!(cause instanceof SignalboxError) || cause.status >= 500) throw cause;
          errors.push({ id, error: cause });
        });
      }
      return errors;
    },

    /** Somebody has looked into it: an UNKNOWN run goes to the history. @throws notFound; forbidden; invalid for another status */
    async auditUnknown(caller: Caller, id: string): Promise<void> {
      await database.transaction(async (tx) => {
        for (const run of await find(tx, caller, id)) {
          if (run.status !== 'UNKNOWN') {
            throw error('invalid', `The run is ${run.status}.`, { details: 'expected a run that is UNKNOWN' });
          }
          await putAway(tx, caller, run, 'run.auditUnknown');
        }
      });
    },
  };

  async function actOnOne(caller: Caller, action: ManageAction, id: string): Promise<void> {
    await database.transaction(async (tx) => {
      const runs = await find(tx, caller, id);
      const refusals: SignalboxError[] = [];
      for (const run of runs) {
        const refusal = await doIt(tx, caller, action, run);
        if (refusal) refusals.push(refusal);
      }
      // Of a deployment's runs some may be over: that is no reason not to stop the others.
      const [first] = refusals;
      if (first && refusals.length === runs.length) throw first;
    });
  }

  /** The run, or the runs of the deployment, held until the transaction is over. @throws notFound, forbidden */
  async function find(tx: Transaction, caller: Caller, id: string): Promise<Managed[]> {
    const uuid = readRunId(id);
    const runs =
      uuid === undefined
        ? []
        : await tx.all(
            sql<Managed>`select r.id, r.kind, r.status, r.command, r.device_id as "deviceId", r.pool_ids as "poolIds",
                ${manageableBy(caller)} as "mayManage"
              from run r where (r.id = ${uuid}::uuid or r.deployment_id = ${uuid}::uuid) and ${visibleTo(caller)} order by r.id for update`,
          );
    if (runs.length === 0) throw error('notFound', `There is no run with the id ${id.slice(0, 100)}.`);
    if (runs.some(({ mayManage }) => !mayManage)) {
      throw error('forbidden', `${caller.username} may not manage this run.`, {
        details:
          'needed: taskscheduling.managemyschedule for one’s own, taskscheduling.manageeveryoneschedule for others',
      });
    }
    return runs;
  }

  /** Answers why not, where it cannot be done. */
  async function doIt(
    tx: Transaction,
    caller: Caller,
    action: ManageAction,
    run: Managed,
  ): Promise<SignalboxError | undefined> {
    if (action === 'archive') {
      if (!isFinal(run.status)) return refuse(run, 'It has not ended');
      await putAway(tx, caller, run, 'run.archive');
      return undefined;
    }
    if (isFinal(run.status)) return refuse(run, 'It has ended');
    if (run.kind === 'REAL_TIME') return refuse(run, 'A real-time call ends with its caller');
    if (action === 'stop') return stop(tx, caller, run);
    if (run.kind !== 'UNATTENDED') return refuse(run, 'Only unattended runs are paused and resumed');
    if (run.command === 'STOP') return refuse(run, 'It is being stopped');
    return action === 'pause' ? pause(tx, caller, run) : resume(tx, caller, run);
  }

  async function stop(tx: Transaction, caller: Caller, run: Managed): Promise<undefined> {
    if (run.kind === 'ON_DEMAND' && run.status !== 'QUEUED') {
      await announce(tx, ON_DEMAND_STOP, run.id);
      await note(tx, caller, run, 'run.stop');
      return undefined;
    }
    const cancelled = await tx.all(
      sql<EndedRun>`update run r set status = 'RUN_ABORTED', version = r.version + 1, ended_on = present(), message = 'It was stopped before it began.',
          modified_by = ${caller.userId}, modified_on = present()
        where r.id = ${run.id} and r.status in (${sql.raw(runSourcesOf('cancel'))}) returning ${ends.columns}`,
    );
    await ends.tell(tx, actorOf(caller), cancelled);
    for (const poolId of run.poolIds ?? []) await announce(tx, POOL_RUNS, poolId);
    if (cancelled.length === 0) await wish(tx, caller, run, 'STOP');
    return undefined;
  }

  async function pause(tx: Transaction, caller: Caller, run: Managed): Promise<SignalboxError | undefined> {
    if (run.status === 'RUN_PAUSED' && run.command === null) return undefined;
    if (run.status !== 'RUNNING' && run.status !== 'DEPLOYED' && run.status !== 'RUN_PAUSED') {
      return refuse(run, 'It has not begun');
    }
    await wish(tx, caller, run, 'PAUSE');
    return undefined;
  }

  async function resume(tx: Transaction, caller: Caller, run: Managed): Promise<SignalboxError | undefined> {
    if (run.status === 'RUNNING' && run.command === null) return undefined;
    if (run.status !== 'RUN_PAUSED' && run.command !== 'PAUSE') return refuse(run, 'It is not paused');
    await wish(tx, caller, run, 'RESUME');
    return undefined;
  }

  async function wish(tx: Transaction, caller: Caller, run: Managed, command: 'PAUSE' | 'RESUME' | 'STOP') {
    await tx.all(sql`update run set command = ${command}, command_told = false, modified_by = ${caller.userId}, modified_on = present()
      where id = ${run.id}`);
    await note(tx, caller, run, `run.${command.toLowerCase()}`);
    if (run.deviceId !== null) await announce(tx, DEVICE_RUNS, run.deviceId);
  }

  async function putAway(tx: Transaction, caller: Caller, run: Managed, action: string): Promise<void> {
    const rows =
      await tx.all(sql`update run set archived_on = present(), modified_by = ${caller.userId}, modified_on = present()
      where id = ${run.id} and archived_on is null returning id`);
    if (rows.length > 0) await note(tx, caller, run, action);
  }

  function note(tx: Transaction, caller: Caller, { id, status }: Managed, action: string): Promise<void> {
    return recordAudit(tx, { actor: actorOf(caller), action, subject: { type: 'run', id }, details: { status } });
  }
}

function refuse({ status }: Managed, why: string): SignalboxError {
  return error('conflict', `${why}: the run is ${status}.`);
}
