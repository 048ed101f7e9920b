import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { devicesAmong, explainPlace } from '../runs/index.ts';
import type { Explanation, QueueDefinition, WorkItem } from '../work/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { Process, Step } from './definition.ts';
import type { ProcessRun, ProcessRuns } from './process-runs.ts';
import type { Processes } from './processes.ts';

/** How a step of a run stands, and why it does not go on. */
export interface StepExplanation {
  readonly step: { readonly id: string; readonly name: string };
  readonly waiting: number;
  readonly inProgress: number;
  readonly done: number;
  readonly failed: number;
  readonly stepRuns: number;
  readonly explanation: Explanation;
}

interface Standing {
  readonly waiting: number;
  readonly inProgress: number;
  readonly heldBack: number;
  readonly done: number;
  readonly failed: number;
  readonly stepRuns: number;
}

/** Why items, step runs and runs of processes wait. What else there is to say of an item or a run is said below this. */
export function createExplaining(
  database: Database,
  { processes, runs }: { readonly processes: Processes; readonly runs: ProcessRuns },
) {
  return {
    /** Undefined for what is no item of a process, or does not wait. */
    async item({ processId, processRole }: QueueDefinition, item: WorkItem): Promise<Explanation | undefined> {
      const process = processId === null ? undefined : await processes.definition(processId);
      if (!process || (item.status !== 'NEW' && item.status !== 'ON_HOLD')) return undefined;
      if (item.awaitsParent) {
        return {
          reason: 'AWAITS_PARENT',
          text: 'The robot that made it has not released the item that it came out of; it is handed on then.',
          next: null,
        };
      }
      if (item.status === 'ON_HOLD') return undefined;
      if (processRole === 'OUTPUT') {
        const text = `It is an output of the process "${process.name}"; nobody need take it.`;
        return { reason: 'OUTPUT', text, next: null };
      }
      if (item.processRunId === null) {
        const text = `It waits in the input of the process "${process.name}" until a run begins with it (with_inputs).`;
        return { reason: 'AWAITS_RUN', text, next: null };
      }
      const step = process.steps.find(({ queueId }) => queueId === item.queueId);
      return step && explainStep(process, step, await standingsOf(item.processRunId, process));
    },

    /** A step run that waits for a worker. */
    async stepRun({ id }: { readonly id: string }): Promise<Explanation> {
      const row = await database.first(
        sql<{
          workspaceId: number;
          deviceId: number | null;
          groupId: number | null;
          ahead: number;
        }>`select s.workspace_id as "workspaceId",
            s.device_id as "deviceId", s.worker_group_id as "groupId",
            (select count(*)::int from run a join step_run x on x.run_id = a.id where a.kind = 'STEP' and a.status = 'QUEUED'
              and x.workspace_id = s.workspace_id and a.id < s.run_id) as ahead
          from step_run s where s.run_id = ${id}::uuid`,
      );
      return placeOf(row?.workspaceId ?? 0, row?.deviceId ?? null, row?.groupId ?? null, row?.ahead ?? 0);
    },

    /** @throws notFound */
    async run(caller: WorkspaceCaller, id: string): Promise<{ run: ProcessRun; steps: StepExplanation[] }> {
      const run = await runs.get(caller, id);
      const process = await processes.get(caller, run.processId);
      const standings = await standingsOf(run.id, process);
      const steps = process.steps.map(async (step, i): Promise<StepExplanation> => {
        const { heldBack: _, ...counts } = standings[i] ?? NOTHING;
        const explanation = await explainStep(process, step, standings);
        return { step: { id: step.id, name: step.name }, ...counts, explanation };
      });
      return { run, steps: await Promise.all(steps) };
    },
  };

  async function explainStep(process: Process, step: Step, standings: readonly Standing[]): Promise<Explanation> {
    const place = process.steps.indexOf(step);
    const own = standings[place] ?? NOTHING;
    if (own.waiting === 0) return settled(own);
    const before = standings
      .slice(0, place)
      .some(({ waiting, inProgress, heldBack }) => waiting + inProgress + heldBack > 0);
    if (step.waitForAll && before) {
      const text = `The step "${step.name}" begins when every item of the steps before it has ended.`;
      return { reason: 'STEP_HELD_BACK', text, next: null };
    }
    if (step.maxParallel !== null && own.inProgress >= step.maxParallel) {
      const text = `The step "${step.name}" has ${own.inProgress} robots at work, as many as it may.`;
      return { reason: 'PARALLEL_LIMIT', text, next: null };
    }
    return placeOf(process.workspaceId, step.deviceId, step.workerGroupId, own.waiting - 1);
  }

  async function placeOf(
    workspaceId: number,
    deviceId: number | null,
    groupId: number | null,
    ahead: number,
  ): Promise<Explanation> {
    const which: RawBuilder<unknown> =
      deviceId !== null
        ? sql`d.id = ${deviceId}`
        : groupId !== null
          ? sql`exists (select from worker_group_member m where m.device_id = d.id and m.group_id = ${groupId})`
          : sql`true`;
    const devices = await devicesAmong(database, sql`d.workspace_id = ${workspaceId} and ${which}`);
    const where = deviceId !== null ? `worker ${deviceId}` : groupId !== null ? 'its worker group' : 'the workspace';
    return explainPlace(devices, Math.max(0, ahead), { none: 'NO_WORKER', busy: 'WORKERS_BUSY', where });
  }

  function standingsOf(runId: string, process: Process): Promise<Standing[]> {
    const { steps } = process;
    return database.all(
      sql<Standing>`select i.*, (select count(*)::int from step_run x join run r on r.id = x.run_id
            where x.process_run_id = ${runId} and x.step_id = s.id and r.ended_on is null) as "stepRuns"
        from unnest(${steps.map(({ id }) => id)}::uuid[], ${steps.map(({ queueId }) => queueId)}::bigint[]) with ordinality as s (id, queue_id, n)
          cross join lateral (
            select count(*) filter (where w.status = 'NEW')::int as waiting,
              count(*) filter (where w.status in ('READY_TO_RUN', 'ACTIVE'))::int as "inProgress",
              count(*) filter (where w.status = 'ON_HOLD')::int as "heldBack",
              count(*) filter (where w.status = 'COMPLETED')::int as done,
              count(*) filter (where w.status in ('FAILED', 'DATA_ERROR', 'UNKNOWN'))::int as failed
            from work_item w where w.process_run_id = ${runId} and w.queue_id = s.queue_id) i
        order by s.n`,
    );
  }
}

const NOTHING: Standing = { waiting: 0, inProgress: 0, heldBack: 0, done: 0, failed: 0, stepRuns: 0 };

function settled({ inProgress, heldBack, failed, done }: Standing): Explanation {
  if (inProgress > 0)
    return {
      reason: 'RUNNING',
      text: `Robots are at work on ${inProgress === 1 ? 'one item' : `${inProgress} items`}.`,
      next: null,
    };
  if (heldBack > 0) {
    const text = `What robots have made (${heldBack}) is handed on when the items have ended that it came out of.`;
    return { reason: 'AWAITS_PARENT', text, next: null };
  }
  if (failed > 0) {
    const text = `${failed === 1 ? 'One item has' : `${failed} items have`} failed: try again, or settle by hand.`;
    return { reason: 'FAILED', text, next: null };
  }
  if (done > 0) return { reason: 'COMPLETED', text: 'All its items are done.', next: null };
  return { reason: 'NOTHING', text: 'No item has come to it.', next: null };
}
