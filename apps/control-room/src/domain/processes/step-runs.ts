import { type RawBuilder, sql } from 'kysely';
import { readBlob } from '../../kernel/blobs.ts';
import { error } from '../../kernel/errors.ts';
import { readNumber, readUuid } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { afterNumber, afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import type { RunStatus } from '../runs/index.ts';
import type { Transfers } from '../transfers/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { EVENTS, type StepRunState, stepRunError, stepRunState } from './run-states.ts';

export interface StepRun {
  readonly id: string;
  readonly processRunId: string;
  readonly state: StepRunState;
  readonly stateUpdatedOn: Temporal.Instant;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly startedOn: Temporal.Instant | null;
  readonly endedOn: Temporal.Instant | null;
  readonly duration: number | null;
  readonly step: { readonly id: string; readonly name: string };
}

export interface StepRunArtifact {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

export interface ConsoleMessage {
  readonly number: number;
  readonly timestamp: Temporal.Instant;
  readonly message: string;
}

export interface StepRunEvent {
  readonly number: number;
  readonly timestamp: Temporal.Instant;
  readonly type: string;
}

interface Row extends Omit<StepRun, 'state' | 'error'> {
  readonly status: RunStatus;
  readonly message: string;
}

const COLUMNS = sql`r.id, s.process_run_id as "processRunId", r.status, r.message, coalesce(r.ended_on, r.started_on, r.deployed_on, r.created_on) as "stateUpdatedOn",
  r.started_on as "startedOn", r.ended_on as "endedOn", extract(epoch from coalesce(r.ended_on, present()) - r.started_on)::float8 as duration,
  json_build_object('id', s.step_id, 'name', s.step_name) as step`;
const SOURCE = sql`step_run s join run r on r.id = s.run_id`;
const DOWNLOAD = 'artifact.download';

/** Runs of robots: what is asked of them afterwards, or while they are at it. */
export function createStepRuns({ database }: Kernel, transfers: Transfers) {
  transfers.offer(DOWNLOAD, {
    mostBytes: 0,
    send: async ({ artifactId }) => {
      const row = await database.first(
        sql<{
          name: string;
          size: number;
          sha256: Buffer;
        }>`select name, size, content_sha256 as sha256 from run_artifact where id = ${Number(artifactId)}`,
      );
      if (!row) throw error('notFound', 'The artifact is no longer kept.');
      const fileName = row.name.split('/').at(-1) ?? row.name;
      return {
        content: await readBlob(database, row.sha256),
        type: 'application/octet-stream',
        fileName,
        size: row.size,
      };
    },
  });

  async function get(caller: WorkspaceCaller, id: string): Promise<StepRun> {
    const uuid = readUuid(id);
    const row =
      uuid &&
      (await database.first(sql<Row>`select ${COLUMNS} from ${SOURCE} where r.id = ${uuid} and ${within(caller)}`));
    if (!row) throw error('notFound', `There is no step run with the id ${id.slice(0, 100)} in the workspace.`);
    return stepRunOf(row);
  }

  return {
    get,

    /** The same of one process run. */
    async getOf(caller: WorkspaceCaller, processRunId: string, id: string): Promise<StepRun> {
      const run = await get(caller, id);
      if (run.processRunId !== processRunId)
        throw error('notFound', `The run has no step run with the id ${id.slice(0, 100)}.`);
      return run;
    },

    async list(caller: WorkspaceCaller, processRunId: string, stretch: Stretch): Promise<Stretched<StepRun>> {
      const uuid = readUuid(processRunId);
      if (uuid === undefined) return { rows: [], next: undefined };
      const after = afterUuid(stretch);
      const rows = await database.all(
        sql<Row>`select ${COLUMNS} from ${SOURCE} where s.process_run_id = ${uuid}::uuid and ${within(caller)}
          and ${after === null ? sql`true` : sql`r.id > ${after}::uuid`} order by r.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows.map(stepRunOf), stretch, (run) => run.id);
    },

    async artifacts(caller: WorkspaceCaller, id: string, stretch: Stretch): Promise<Stretched<StepRunArtifact>> {
      const run = await get(caller, id);
      const rows = await database.all(
        sql<StepRunArtifact>`select id::text, name, size from run_artifact where run_id = ${run.id}
          and id > ${afterNumber(stretch) ?? 0} order by id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, (artifact) => artifact.id);
    },

    /** With a ticket by which it is fetched. */
    async artifact(
      caller: WorkspaceCaller,
      id: string,
      artifactId: string,
    ): Promise<StepRunArtifact & { readonly ticket: string }> {
      const run = await get(caller, id);
      const artifact = await database.first(
        sql<StepRunArtifact>`select id::text, name, size from run_artifact where run_id = ${run.id} and id = ${readNumber(artifactId) ?? 0}`,
      );
      if (!artifact) throw error('notFound', `The step run has no artifact with the id ${artifactId.slice(0, 100)}.`);
      return { ...artifact, ticket: await transfers.ticketFor(DOWNLOAD, { artifactId: Number(artifact.id) }) };
    },

    async messages(caller: WorkspaceCaller, id: string, stretch: Stretch): Promise<Stretched<ConsoleMessage>> {
      const run = await get(caller, id);
      const rows = await database.all(
        sql<ConsoleMessage>`select number, occurred_on as timestamp, text as message from run_log where run_id = ${run.id}
          and number > ${afterNumber(stretch) ?? 0} order by number limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ number }) => number);
    },

    /** What has befallen it, read off its record. */
    async events(caller: WorkspaceCaller, id: string, stretch: Stretch): Promise<Stretched<StepRunEvent>> {
      const run = await get(caller, id);
      const rows = await database.all(
        sql<StepRunEvent>`select e.number, e.at as timestamp, e.type from run r cross join lateral (values
            (${EVENTS.CREATED}::int, r.created_on, 'CREATED'), (${EVENTS.ASSIGNED}::int, r.deployed_on, 'ASSIGNED'),
            (${EVENTS.START}::int, r.started_on, 'START'), (${EVENTS.END}::int, r.ended_on, 'END')) as e (number, at, type)
          where r.id = ${run.id} and e.at is not null and e.number > ${afterNumber(stretch) ?? 0} order by e.number limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ number }) => number);
    },
  };
}

export type StepRuns = ReturnType<typeof createStepRuns>;

const within = (caller: WorkspaceCaller): RawBuilder<unknown> => sql`s.workspace_id = ${caller.workspace.id}`;

function stepRunOf({ status, message, ...row }: Row): StepRun {
  const code = stepRunError(status);
  return { ...row, state: stepRunState(status), error: code === null ? null : { code, message } };
}
