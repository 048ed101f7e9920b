import { type RawBuilder, sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readNumber, readUuid } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { afterNumber, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { type ExceptionType, type ItemStatus, PROCESS_RUN, sourcesOf, type Work } from '../work/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { firstStep } from './definition.ts';
import type { Processes } from './processes.ts';
import { type ItemState, itemState, STATUSES_OF } from './run-states.ts';

export interface ItemFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

/** A work item as processes see it. */
export interface ProcessItem {
  readonly id: number;
  readonly createdOn: Temporal.Instant;
  readonly state: ItemState;
  readonly stateUpdatedOn: Temporal.Instant;
  readonly processId: string;
  readonly processRunId: string | null;
  readonly processRunNumber: number | null;
  readonly processName: string;
  readonly stepId: string | null;
  readonly stepRunId: string | null;
  readonly payload: unknown;
  readonly files: readonly ItemFile[];
  readonly exception: {
    readonly type: ExceptionType;
    readonly code: string;
    readonly message: string;
  } | null;
}

interface Row extends Omit<ProcessItem, 'state' | 'exception' | 'stateUpdatedOn'> {
  readonly status: ItemStatus;
  readonly updatedOn: Temporal.Instant;
  readonly exceptionType: ExceptionType | null;
  readonly exceptionCode: string | null;
  readonly error: string | null;
}

export const BATCH_OPERATIONS = ['retry', 'delete', 'mark_as_done'] as const;
export type BatchOperation = (typeof BATCH_OPERATIONS)[number];

export interface ItemFilter {
  readonly processId?: string | undefined;
  readonly processRunId?: string | undefined;
  readonly state?: ItemState | undefined;
}

const FILES = sql`(select coalesce(json_agg(json_build_object('id', f.id::text, 'name', f.name, 'size', f.size) order by f.id), '[]')
  from work_item_file f where f.work_item_id = w.id)`;

const COLUMNS = sql`w.id, w.created_on as "createdOn", w.status, w.updated_on as "updatedOn", q.process_id as "processId",
  w.process_run_id as "processRunId", pr.number as "processRunNumber", p.name as "processName", s.id as "stepId",
  case when w.process_run_id is not null then w.step_run_id end as "stepRunId", w.exception_type as "exceptionType",
  w.exception_code as "exceptionCode", w.error`;
const WHOLE = sql`${COLUMNS}, (select y.json from work_item_payload y where y.work_item_id = w.id) as payload, ${FILES} as files`;

const SOURCE = sql`work_item w join queue q on q.id = w.queue_id join process p on p.id = q.process_id
  left join process_step s on s.queue_id = q.id left join process_run pr on pr.id = w.process_run_id`;

const MOST_IN_A_BATCH = 10_000;

/** Work items of processes for those who put them in and look after them. For the robots that work them off: robot-items.ts. */
export function createItems(
  { database }: Kernel,
  { processes, work }: { readonly processes: Processes; readonly work: Work },
) {
  async function read(caller: WorkspaceCaller, id: string, connection: Connection = database): Promise<ProcessItem> {
    const number = readNumber(id);
    const row =
      number &&
      (await connection.first(
        sql<Row>`select ${WHOLE} from ${SOURCE} where w.id = ${number} and p.workspace_id = ${caller.workspace.id}`,
      ));
    if (!row) throw error('notFound', `There is no work item with the id ${id.slice(0, 100)} in the workspace.`);
    return itemOf(row);
  }

  async function find(
    which: RawBuilder<unknown>,
    columns: RawBuilder<unknown>,
    stretch: Stretch,
  ): Promise<Stretched<ProcessItem>> {
    const after = afterNumber(stretch);
    const rows = await database.all(
      sql<Row>`select ${columns} from ${SOURCE} where ${which} and ${after === null ? sql`true` : sql`w.id > ${after}`}
        order by w.id limit ${stretch.limit + 1}`,
    );
    return stretched(rows.map(itemOf), stretch, ({ id }) => id);
  }

  return {
    get: (caller: WorkspaceCaller, id: string): Promise<ProcessItem> => read(caller, id),

    /** The same of one process. */
    async getOf(caller: WorkspaceCaller, processId: string, id: string): Promise<ProcessItem> {
      const item = await read(caller, id);
      if (item.processId !== processId.toLowerCase())
        throw error('notFound', `The process has no work item with the id ${id.slice(0, 100)}.`);
      return item;
    },

    /** Inputs of steps, the oldest first. @param whole with payloads and files */
    async list(
      caller: WorkspaceCaller,
      { processId, processRunId, state }: ItemFilter,
      stretch: Stretch,
      whole = false,
    ): Promise<Stretched<ProcessItem>> {
      const ids = [processId, processRunId].flatMap((id) => (id === undefined ? [] : [readUuid(id)]));
      // What is no id of ours has nothing.
      if (ids.includes(undefined)) return { rows: [], next: undefined };
      const parts = [
        sql`p.workspace_id = ${caller.workspace.id} and q.process_role = 'STEP'`,
        ...(processId === undefined ? [] : [sql`q.process_id = ${processId}::uuid`]),
        ...(processRunId === undefined ? [] : [sql`w.process_run_id = ${processRunId}::uuid`]),
        ...(state === undefined ? [] : [inState(state)]),
      ];
      return find(sql.join(parts, sql` and `), whole ? WHOLE : COLUMNS, stretch);
    },

    /** What the last step of a run has made, the oldest first. */
    async outputs(caller: WorkspaceCaller, processRunId: string, stretch: Stretch): Promise<Stretched<ProcessItem>> {
      const uuid = readUuid(processRunId);
      if (uuid === undefined) return { rows: [], next: undefined };
      const where = sql`p.workspace_id = ${caller.workspace.id} and q.process_role = 'OUTPUT' and w.process_run_id = ${uuid}::uuid and not w.awaits_parent`;
      return find(where, WHOLE, stretch);
    },

    /** Into the input of a process, where it waits for a run. @throws notFound; invalid */
    async create(caller: WorkspaceCaller, processId: string, payload: unknown): Promise<ProcessItem> {
      const process = await processes.get(caller, processId);
      return database.transaction(async (tx) => {
        const place = { queueId: firstStep(process).queueId, processRunId: null, createdBy: caller.userId };
        const [id] = await work.runItems.put(tx, place, [payload]);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workItem.add',
          subject: { type: 'queue', id: place.queueId, name: process.name },
          details: { items: [id] },
        });
        return read(caller, String(id), tx);
      });
    },

    /** @throws conflict while a robot has it */
    async setPayload(caller: WorkspaceCaller, id: string, payload: unknown): Promise<unknown> {
      return database.transaction(async (tx) => {
        const item = await read(caller, id, tx);
        if (item.state === 'in_progress') throw error('conflict', `Work item ${id} is being worked on.`);
        await work.runItems.setPayload(tx, item.id, payload);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workItem.update',
          subject: { type: 'workItem', id: item.id },
          details: { process: item.processId, json: true },
        });
        return payload ?? null;
      });
    },

    /**
     * Tries failed items again, settles them, or deletes what nobody is working on. Ids that this cannot be done to are left
     * as they are: somebody else was quicker. Answers those that it was done to.
     */
    async batch(caller: WorkspaceCaller, operation: BatchOperation, ids: readonly string[]): Promise<number[]> {
      if (ids.length > MOST_IN_A_BATCH)
        throw error('invalid', `${ids.length} work items came at once.`, { details: `at most ${MOST_IN_A_BATCH}` });
      const numbers = ids.flatMap((id) => readNumber(id) ?? []);
      return database.transaction(async (tx) => {
        const which = sql`w.id in (select w.id from ${SOURCE} where w.id = any(${numbers}::bigint[]) and p.workspace_id = ${caller.workspace.id}
          and w.status in (${sql.raw(SOURCES[operation])}) order by w.id for update of w)`;
        const done = await tx.all(sql<{
          id: number;
          processRunId: string | null;
          queueId: number;
        }>`${STATEMENTS[operation]} where ${which}
          returning w.id, w.process_run_id as "processRunId", w.queue_id as "queueId"`);
        if (operation === 'delete') {
          await tx.all(
            sql`delete from work_item_payload where work_item_id = any(${done.map(({ id }) => id)}::bigint[])`,
          );
        }
        await recordAudit(tx, {
          actor: caller.actor,
          action: operation === 'delete' ? 'workItem.delete' : 'workItem.updateStatus',
          subject: { type: 'workspace', id: caller.workspace.uuid, name: caller.workspace.name },
          details: { operation, items: done.map(({ id }) => id) },
        });
        for (const runId of new Set(done.flatMap(({ processRunId }) => processRunId ?? [])))
          await announce(tx, PROCESS_RUN, runId);
        return done.map(({ id }) => id);
      });
    },
  };
}

export type Items = ReturnType<typeof createItems>;

/** Only what failed is tried again or settled (contract robocorp §4.8); of what is deleted nobody may have it. */
const SOURCES: Readonly<Record<BatchOperation, string>> = {
  retry: "'FAILED','UNKNOWN'",
  mark_as_done: "'FAILED','DATA_ERROR','UNKNOWN'",
  delete: `'COMPLETED','FAILED',${sourcesOf('defer')},'ON_HOLD','UNKNOWN'`,
};

const STATEMENTS: Readonly<Record<BatchOperation, RawBuilder<unknown>>> = {
  retry: sql`update work_item w set status = 'NEW', version = w.version + 1, position = nextval('work_item_id'), losses = 0, error = null,
    exception_type = null, exception_code = null, end_time = null, updated_on = present()`,
  mark_as_done: sql`update work_item w set status = 'COMPLETED', version = w.version + 1, end_time = present(), updated_on = present()`,
  delete: sql`delete from work_item w`,
};

function inState(state: ItemState): RawBuilder<unknown> {
  const statuses = sql`w.status = any(${[...STATUSES_OF[state]]}::item_status[])`;
  if (state === 'new') return sql`${statuses} and w.process_run_id is null`;
  return state === 'pending' ? sql`${statuses} and w.process_run_id is not null` : statuses;
}

function itemOf({ status, updatedOn, exceptionType, exceptionCode, error: message, ...row }: Row): ProcessItem {
  const state = itemState(status, row.processRunId);
  const exception =
    state === 'failed'
      ? { type: exceptionType ?? unexplained(status), code: exceptionCode ?? '', message: message ?? '' }
      : null;
  return {
    ...row,
    id: Number(row.id),
    payload: row.payload ?? null,
    files: row.files ?? [],
    state,
    stateUpdatedOn: updatedOn,
    exception,
  };
}

/** Of an item that failed on the other wire, or whose robot was lost. */
const unexplained = (status: ItemStatus): ExceptionType => (status === 'UNKNOWN' ? 'orchestrator' : 'unspecified');
