import { randomUUIDv7 } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readNumber, readUuid } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { readCallbackUrl } from '../outbox/index.ts';
import { DEVICE_RUNS } from '../runs/index.ts';
import { PROCESS_RUN, type Work } from '../work/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { firstStep } from './definition.ts';
import type { TellRun } from './parts.ts';
import type { Processes } from './processes.ts';
import { removeProcessRuns } from './remove-runs.ts';
import type { ProcessRunState } from './run-states.ts';
import { type StopRule, settleRest } from './settle-rest.ts';

export interface ProcessRun {
  readonly id: string;
  readonly number: number;
  readonly workspaceId: number;
  readonly processId: string;
  readonly processName: string;
  readonly state: ProcessRunState;
  readonly startedBy: 'api' | 'user' | 'schedule' | 'email';
  /** Only when a user started it. */
  readonly user: { readonly id: number; readonly firstName: string; readonly lastName: string } | null;
  readonly createdOn: Temporal.Instant;
  readonly startedOn: Temporal.Instant | null;
  readonly endedOn: Temporal.Instant | null;
  /** Seconds, once it has begun. */
  readonly duration: number | null;
}

export const CALLBACK_EVENTS = ['started', 'completed', 'unresolved'] as const;

/** Whom to tell about one run. */
export interface RunCallback {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly (typeof CALLBACK_EVENTS)[number][];
}

/** With what a run begins. */
export type RunInput =
  /** The process's own payload, or an empty item. */
  | { readonly kind: 'default' }
  | { readonly kind: 'payloads'; readonly payloads: readonly unknown[] }
  | { readonly kind: 'items'; readonly itemIds: readonly string[] }
  /** What waits in the input of the process, unless other places are named. */
  | { readonly kind: 'waiting'; readonly from?: readonly Storage[] };

/** Where items of a process may wait: before it, behind it, or after they have failed. */
export type Storage = 'input' | 'failed' | 'output';

/** How the items of a run stand, and who was at them. */
export interface RunFigures {
  readonly total: number;
  readonly failed: number;
  readonly succeeded: number;
  readonly stepRunIds: readonly string[];
}

/** Beside what a run begins with. */
export interface StartOptions {
  readonly callback?: RunCallback | undefined;
  /** What begins it in the name of the caller; undefined: he himself. */
  readonly startedBy?: ProcessRun['startedBy'] | undefined;
}

export interface StartedRun {
  readonly id: string;
  readonly itemIds: readonly number[];
}

export interface Stop extends StopRule {
  /** Ends robots that are at work. */
  readonly terminate: boolean;
}

export const PROCESS_RUN_COLUMNS = sql`r.id, r.number, r.workspace_id as "workspaceId", r.process_id as "processId", r.process_name as "processName", r.state,
  r.started_by as "startedBy", case when r.started_by = 'user' then (select json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
    from app_user u where u.id = r.started_by_user) end as user, r.created_on as "createdOn", r.started_on as "startedOn", r.ended_on as "endedOn",
  extract(epoch from coalesce(r.ended_on, present()) - r.started_on)::float8 as duration`;

/** What the seal of a run's callback is bound to. */
export const callbackOf = (runId: string): string => `process-run-callback:${runId}`;
const MOST_PAYLOADS = 10_000;

/** What waits in each. */
function waitingIn(storage: Storage, queueId: number): RawBuilder<unknown> {
  switch (storage) {
    case 'input':
      return sql`w.queue_id = ${queueId} and w.process_run_id is null and w.status = 'NEW'`;
    case 'failed':
      return sql`q.process_role = 'STEP' and w.status = 'FAILED'`;
    case 'output':
      return sql`q.process_role = 'OUTPUT' and w.status = 'NEW' and not w.awaits_parent`;
  }
}

/** Runs of processes: how they begin, are looked at, stopped and put away. How they go on: advance.ts. */
export function createProcessRuns(
  { database, sealer }: Kernel,
  { processes, work, tell }: { readonly processes: Processes; readonly work: Work; readonly tell: TellRun },
) {
  async function get(caller: WorkspaceCaller, id: string): Promise<ProcessRun> {
    const uuid = readUuid(id);
    const run =
      uuid &&
      (await database.first(
        sql<ProcessRun>`select ${PROCESS_RUN_COLUMNS} from process_run r where r.id = ${uuid} and r.workspace_id = ${caller.workspace.id}`,
      ));
    if (!run) throw error('notFound', `There is no process run with the id ${id.slice(0, 100)} in the workspace.`);
    return run;
  }

  /** Puts the items in that a run begins with. Answers their ids; none when nothing waits. */
  async function takeInput(
    tx: Transaction,
    caller: WorkspaceCaller,
    queueId: number,
    input: RunInput,
    run: { readonly id: string; readonly defaultPayload: unknown },
  ): Promise<readonly number[]> {
    const place = { queueId, processRunId: run.id, createdBy: caller.userId };
    switch (input.kind) {
      case 'default':
        return work.runItems.put(tx, place, [run.defaultPayload ?? null]);
      case 'payloads':
        requirePayloadCount(input.payloads.length);
        return work.runItems.put(tx, place, input.payloads);
      case 'items': {
        const wanted = [...new Set(input.itemIds)];
        const ids = wanted.map((id) => readNumber(id) ?? 0);
        const taken = await take(tx, queueId, run.id, sql`w.id = any(${ids}::bigint[])`);
        const missing = wanted.filter((_, i) => !taken.includes(ids[i] ?? 0));
        if (wanted.length === 0 || missing.length > 0) {
          throw error('conflict', 'Not all of the work items wait in the input of the process.', {
            details:
              wanted.length === 0 ? 'expected at least one id' : `not waiting: ${missing.slice(0, 10).join(', ')}`,
          });
        }
        return taken;
      }
      case 'waiting':
        return take(tx, queueId, run.id, sql`true`, input.from);
    }
  }

  async function take(
    tx: Transaction,
    queueId: number,
    runId: string,
    which: RawBuilder<unknown>,
    from: readonly Storage[] = ['input'],
  ): Promise<number[]> {
    const places = from.map((storage) => waitingIn(storage, queueId));
    if (places.length === 0) return [];
    const rows = await tx.all(
      sql<{
        id: number;
      }>`update work_item w set process_run_id = ${runId}::uuid, status = 'NEW',
          queue_id = case when w.queue_id in (select id from queue where process_role = 'OUTPUT') then ${queueId} else w.queue_id end, version = w.version + 1,
          error = null, exception_type = null, exception_code = null, updated_on = present()
        where w.id in (select w.id from work_item w join queue q on q.id = w.queue_id
          where q.process_id = (select process_id from queue where id = ${queueId}) and ${which} and (${sql.join(places, sql` or `)})
          order by w.processing_key, w.position for update of w) returning w.id`,
    );
    return rows.map(({ id }) => id).sort((a, b) => a - b);
  }

  return {
    get,

    /** The same of one process. */
    async getOf(caller: WorkspaceCaller, processId: string, id: string): Promise<ProcessRun> {
      const run = await get(caller, id);
      if (run.processId !== processId.toLowerCase())
        throw error('notFound', `The process has no run with the id ${id.slice(0, 100)}.`);
      return run;
    },

    /** In the order of the ids. */
    async figures(ids: readonly string[]): Promise<RunFigures[]> {
      return database.all(
        sql<RunFigures>`select i.total::int, i.failed::int, i.succeeded::int,
            array(select s.run_id::text from step_run s where s.process_run_id = r.id order by s.run_id) as "stepRunIds"
          from unnest(${[...ids]}::uuid[]) with ordinality as r (id, n) cross join lateral (
            select count(*) as total, count(*) filter (where w.status in ('FAILED', 'DATA_ERROR', 'UNKNOWN')) as failed,
              count(*) filter (where w.status = 'COMPLETED') as succeeded
            from work_item w join queue q on q.id = w.queue_id and q.process_role = 'STEP' where w.process_run_id = r.id) i order by r.n`,
      );
    },

    async list(
      caller: WorkspaceCaller,
      wanted: { readonly processId?: string | undefined; readonly state?: ProcessRunState | undefined },
      stretch: Stretch,
    ): Promise<Stretched<ProcessRun>> {
      const { processId, state } = wanted;
      if (processId !== undefined && readUuid(processId) === undefined) return { rows: [], next: undefined };
      const after = afterUuid(stretch);
      const rows = await database.all(
        sql<ProcessRun>`select ${PROCESS_RUN_COLUMNS} from process_run r where r.workspace_id = ${caller.workspace.id}
          and ${processId === undefined ? sql`true` : sql`r.process_id = ${processId}::uuid`}
          and ${state === undefined ? sql`true` : sql`r.state = ${state}`} and ${after === null ? sql`true` : sql`r.id < ${after}::uuid`}
          order by r.id desc limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    /**
     * When this has answered, the run and its items are on disk. Undefined when it was to begin with what waits, and nothing
     * does.
     *
     * @throws notFound; invalid; conflict when an item does not wait in the input of the process
     */
    async start(
      caller: WorkspaceCaller,
      processId: string,
      input: RunInput,
      { callback, startedBy = caller.kind === 'user' ? 'user' : 'api' }: StartOptions = {},
    ): Promise<StartedRun | undefined> {
      const process = await processes.get(caller, processId);
      if (callback) readCallbackUrl(callback.url);
      const id = randomUUIDv7();
      return database.transaction(async (tx) => {
        // One after the other: runs of a process are numbered without holes.
        await tx.all(sql`select 1 from process where id = ${process.id} for update`);
        const itemIds = await takeInput(tx, caller, firstStep(process).queueId, input, {
          id,
          defaultPayload: process.defaultPayload,
        });
        if (itemIds.length === 0) return undefined;
        await tx.all(sql`insert into process_run (id, number, workspace_id, process_id, process_name, started_by, started_by_user, callback_sealed, created_by)
          values (${id}, (select coalesce(max(number), 0) + 1 from process_run where process_id = ${process.id}), ${process.workspaceId}, ${process.id},
            ${process.name}, ${startedBy}, ${caller.userId},
            ${callback ? sealer.seal(JSON.stringify(callback), callbackOf(id)) : null}, ${caller.userId})`);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'process.run',
          subject: { type: 'process', id: process.id, name: process.name },
          details: { run: id, items: itemIds.length, ...(callback ? { callback: new URL(callback.url).origin } : {}) },
        });
        await tell(tx, id, 'started');
        await announce(tx, PROCESS_RUN, id);
        return { id, itemIds };
      });
    },

    /**
     * No step run begins any more. What waits is settled at once; step runs under way end by themselves, or are told to.
     * False when the run has ended.
     */
    async stop(caller: WorkspaceCaller, id: string, stop: Stop): Promise<boolean> {
      const run = await get(caller, id);
      return database.transaction(async (tx) => {
        const stopped = await tx.first(
          sql`update process_run set state = 'stopping', stop = ${JSON.stringify({ remainingAsDone: stop.remainingAsDone, reason: stop.reason })}::jsonb,
              started_on = coalesce(started_on, present())
            where id = ${run.id} and state in ('new', 'in_progress', 'stopping') returning id`,
        );
        if (!stopped) return false;
        await settleRest(tx, run.id, stop);
        if (stop.terminate) {
          const told = await tx.all(
            sql<{
              deviceId: number;
            }>`update run r set command = 'STOP', command_told = false, modified_on = present() from step_run s
              where s.process_run_id = ${run.id} and r.id = s.run_id and r.lease_id is not null returning r.device_id as "deviceId"`,
          );
          for (const id of new Set(told.map(({ deviceId }) => deviceId))) await announce(tx, DEVICE_RUNS, id);
        }
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'processRun.stop',
          subject: { type: 'processRun', id: run.id, name: run.processName },
          details: { ...stop },
        });
        await announce(tx, PROCESS_RUN, run.id);
        return true;
      });
    },

    /** With its items, step runs and what they left. @throws conflict while it is under way */
    async remove(caller: WorkspaceCaller, id: string): Promise<void> {
      const run = await get(caller, id);
      await database.transaction(async (tx) => {
        const over = await tx.first(
          sql`select 1 from process_run where id = ${run.id} and state in ('completed', 'unresolved') for update`,
        );
        if (!over) throw error('conflict', 'The process run is under way.', { details: 'stop it first' });
        await removeProcessRuns(tx, [run.id]);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'processRun.delete',
          subject: { type: 'processRun', id: run.id, name: run.processName },
          details: { process: run.processId, number: run.number },
        });
      });
    },
  };
}

/** @throws invalid */
export function requirePayloadCount(count: number): void {
  if (count === 0 || count > MOST_PAYLOADS)
    throw error('invalid', `A run begins with 1 to ${MOST_PAYLOADS} payloads; ${count} came.`);
}

export type ProcessRuns = ReturnType<typeof createProcessRuns>;
