import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { type RunStatus, STEP_RUNS } from '../runs/index.ts';
import type { Webhooks } from '../webhooks/index.ts';
import { dropUnfinished, type Release, type Work } from '../work/index.ts';
import type { Process, Step } from './definition.ts';
import type { TellRun } from './parts.ts';
import type { Processes } from './processes.ts';
import { EVENTS, PROCESS_RUN_ENDED, type ProcessRunState, stepRunError, stepRunState } from './run-states.ts';
import { type StopRule, settleRest } from './settle-rest.ts';

const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;
/** A step run more is of no use than there are slots; so many at once are asked for at the most. */
const MOST_AT_ONCE = 200;

interface Standing {
  readonly id: string;
  readonly processId: string;
  readonly state: ProcessRunState;
  readonly createdBy: number;
  readonly stop: StopRule | null;
}

/** How a step of a run stands: what waits, what is held, and who is at it. */
interface StepStanding {
  readonly waiting: number;
  /** Reserved, being worked on, put aside, or not yet handed on. */
  readonly open: boolean;
  readonly liveRuns: number;
}

/**
 * Brings a process run forward to where its items have come: settles what robots left behind, asks for step runs where
 * items wait, ends the run when nothing is left. It only looks at what is on disk and may be called at any time, any number
 * of times, by any replica; the row of the run is its lock.
 */
export function createAdvance(
  { database }: Kernel,
  parts: {
    readonly processes: Processes;
    readonly work: Work;
    readonly tell: TellRun;
    readonly webhooks: Pick<Webhooks, 'tellRobotRun'>;
  },
) {
  const { processes, work, tell, webhooks } = parts;
  return {
    async advance(processRunId: string): Promise<void> {
      await database.transaction(async (tx) => {
        const run = await tx.first(
          sql<Standing>`select id, process_id as "processId", state, created_by as "createdBy", stop from process_run
            where id = ${processRunId} for update`,
        );
        const process = run && (await processes.definition(run.processId));
        if (!run || !process) return;
        await tellEnds(tx, run.id);
        await settleLeft(tx, run.id);
        if (run.state === 'stopping') await settleRest(tx, run.id, run.stop);
        const standings = await standingsOf(tx, run.id, process);
        if (run.state !== 'stopping') await askForRuns(tx, run, process, standings);
        const under = standings.some(({ waiting, open, liveRuns }) => waiting > 0 || open || liveRuns > 0);
        if (under) await begin(tx, run);
        else await end(tx, run);
      });
    },

    /** Runs under way, for whoever looks after all of them. */
    async open(): Promise<string[]> {
      const rows = await database.all(
        sql<{ id: string }>`select id from process_run where state in ('new', 'in_progress', 'stopping') order by id`,
      );
      return rows.map(({ id }) => id);
    },
  };

  /** Of each step run once. */
  async function tellEnds(tx: Transaction, processRunId: string): Promise<void> {
    const ended = await tx.all(
      sql<{
        id: string;
        status: RunStatus;
        endedOn: Temporal.Instant;
        workspaceId: number;
        workspaceUuid: string;
        processId: string;
      }>`
        update step_run s set end_told = true from run r, workspace w, process_run p
        where s.process_run_id = ${processRunId}::uuid and not s.end_told and r.id = s.run_id and r.ended_on is not null
          and w.id = s.workspace_id and p.id = s.process_run_id
        returning r.id, r.status, r.ended_on as "endedOn", w.id as "workspaceId", w.uuid as "workspaceUuid", p.process_id as "processId"`,
    );
    for (const { id, status, endedOn, ...of } of ended) {
      await webhooks.tellRobotRun(tx, {
        ...of,
        processRunId,
        robotRunId: id,
        seqNo: EVENTS.END,
        eventType: 'END',
        data: { state: stepRunState(status), errorCode: stepRunError(status) },
        timeStamp: endedOn,
      });
    }
  }

  /**
   * Items that an ended step run still has. One that its robot never asked for goes with the robot's end; one that it took
   * and did not release has failed, whatever the exit code says (contract robocorp §8.3).
   */
  async function settleLeft(tx: Transaction, processRunId: string): Promise<void> {
    const left = await tx.all(
      sql<{
        itemId: number;
        stepRunId: string;
        touched: boolean;
        status: RunStatus;
        message: string;
      }>`select w.id as "itemId",
          w.step_run_id as "stepRunId", w.status = 'ACTIVE' as touched, r.status, r.message
        from step_run s join run r on r.id = s.run_id and r.lease_id is null and r.ended_on is not null
          join work_item w on w.step_run_id = s.run_id and w.lease_id is not null
        where s.process_run_id = ${processRunId}`,
    );
    const releases = left.map(({ itemId, stepRunId, touched, status, message }): Release => {
      if (status === 'COMPLETED' && !touched) return { itemId, stepRunId, status: 'COMPLETED', exception: null };
      const code = status === 'COMPLETED' ? 'NOT_RELEASED' : status;
      const text = status === 'COMPLETED' ? 'The robot ended and had not released the item.' : message;
      return { itemId, stepRunId, status: 'FAILED', exception: { type: 'orchestrator', code, message: text } };
    });
    await dropUnfinished(
      tx,
      releases.filter(({ status }) => status === 'FAILED').map(({ itemId }) => itemId),
    );
    await work.runItems.releaseIn(tx, releases);
  }

  async function standingsOf(tx: Transaction, runId: string, process: Process): Promise<StepStanding[]> {
    const steps = process.steps;
    const rows = await tx.all(
      sql<StepStanding>`select
          (select count(*)::int from (select from work_item w where w.process_run_id = ${runId} and w.queue_id = s.queue_id and w.status = 'NEW'
            limit ${MOST_AT_ONCE}) few) as waiting,
          exists (select from work_item w where w.process_run_id = ${runId} and w.queue_id = s.queue_id
            and w.status in ('READY_TO_RUN', 'ACTIVE', 'ON_HOLD')) as open,
          (select count(*)::int from step_run x join run r on r.id = x.run_id where x.process_run_id = ${runId} and x.step_id = s.id
            and r.ended_on is null) as "liveRuns"
        from unnest(${steps.map(({ id }) => id)}::uuid[], ${steps.map(({ queueId }) => queueId)}::bigint[]) with ordinality as s (id, queue_id, n)
        order by s.n`,
    );
    return rows;
  }

  async function askForRuns(
    tx: Transaction,
    run: Standing,
    process: Process,
    standings: readonly StepStanding[],
  ): Promise<void> {
    let before = true;
    for (const [place, step] of process.steps.entries()) {
      const standing = standings[place];
      if (!standing) continue;
      const settledBefore = before;
      before &&= standing.waiting === 0 && !standing.open && standing.liveRuns === 0;
      if (standing.waiting === 0 || (step.waitForAll && !settledBefore)) continue;
      const most = Math.min(step.maxParallel ?? (await slotsFor(tx, process.workspaceId, step)), MOST_AT_ONCE);
      // Whoever is at it goes on with the next item; what none of them will get to needs another one.
      const wanted = Math.min(most - standing.liveRuns, standing.waiting);
      if (wanted > 0) await ask(tx, run, process, step, wanted);
    }
  }

  /**
   * As many as the workers that may have it have slots; one where none is connected, so that it is seen to wait. Those that a
   * group's provider would make count too: they are made for what is seen to wait.
   */
  async function slotsFor(tx: Transaction, workspaceId: number, step: Step): Promise<number> {
    const row = await tx.first(
      sql<{ slots: number }>`select greatest(1, coalesce(sum(d.capacity), 0),
            (select p.most_workers from worker_provider p where p.group_id = ${step.workerGroupId}::bigint))::int as slots from device d
        where d.workspace_id = ${workspaceId} and exists (select from lease l where l.subject = 'device:' || d.id)
          and (${step.deviceId}::bigint is null or d.id = ${step.deviceId})
          and (${step.workerGroupId}::bigint is null or exists (
            select from worker_group_member m where m.group_id = ${step.workerGroupId}::bigint and m.device_id = d.id))`,
    );
    return row?.slots ?? 1;
  }

  async function ask(tx: Transaction, run: Standing, process: Process, step: Step, count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => randomUUIDv7());
    const name = `${process.name} · ${step.name}`;
    // For no pool: what a pool's devices and the deployments of one device look through does not hold it.
    await tx.all(sql`insert into run (id, kind, status, automation_name, file_id, file_path, user_id, pool_ids, created_by, modified_on)
      select id, 'STEP', 'QUEUED', ${name.slice(0, 255)}, 0, ${name}, ${run.createdBy}, '{}', ${run.createdBy}, present() from unnest(${ids}::uuid[]) as i (id)`);
    await tx.all(sql`insert into step_run (run_id, process_run_id, step_id, step_name, workspace_id, device_id, worker_group_id)
      select id, ${run.id}, ${step.id}::uuid, ${step.name}, ${process.workspaceId}, ${step.deviceId}, ${step.workerGroupId}::bigint from unnest(${ids}::uuid[]) as i (id)`);
    await recordAudit(tx, {
      actor: SYSTEM,
      action: 'stepRun.create',
      subject: { type: 'processRun', id: run.id, name: process.name },
      details: { step: step.name, runs: ids },
    });
    await announce(tx, STEP_RUNS, process.workspaceId);
  }

  async function begin(tx: Transaction, { id, state }: Standing): Promise<void> {
    if (state === 'in_progress' || state === 'stopping') return;
    await tx.all(
      sql`update process_run set state = 'in_progress', started_on = coalesce(started_on, present()), ended_on = null where id = ${id}`,
    );
  }

  async function end(tx: Transaction, { id, processId, state }: Standing): Promise<void> {
    const failed = await tx.first(
      sql`select 1 from work_item where process_run_id = ${id} and status in ('FAILED', 'DATA_ERROR', 'UNKNOWN')
        and queue_id in (select queue_id from process_step where process_id = ${processId}) limit 1`,
    );
    const next = failed ? 'unresolved' : 'completed';
    if (state === next) return;
    await tx.all(
      sql`update process_run set state = ${next}, started_on = coalesce(started_on, present()), ended_on = present() where id = ${id}`,
    );
    await recordAudit(tx, {
      actor: SYSTEM,
      action: 'processRun.end',
      subject: { type: 'processRun', id },
      outcome: failed ? 'UNSUCCESSFUL' : 'SUCCESSFUL',
      details: { state: next },
    });
    await tell(tx, id, next);
    await announce(tx, PROCESS_RUN_ENDED, id);
  }
}

export type Advance = ReturnType<typeof createAdvance>;
