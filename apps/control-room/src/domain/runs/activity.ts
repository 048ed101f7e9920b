import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';

/** The words of the wire (contract a §10.3); they are stored as they are said. */
export type RunStatus =
  | 'QUEUED'
  | 'RUNNING'
  | 'COMPLETED'
  | 'RUN_FAILED'
  | 'RUN_ABORTED'
  | 'RUN_TIMED_OUT'
  | 'DEPLOY_FAILED'
  | 'UNKNOWN';

/** One run as the record has it. */
export interface Run {
  readonly id: string;
  readonly kind: 'REAL_TIME' | 'ON_DEMAND';
  readonly status: RunStatus;
  readonly deploymentId: string | null;
  readonly automationName: string;
  readonly fileId: number;
  readonly filePath: string;
  readonly userId: number;
  readonly userName: string;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly startedOn: Temporal.Instant | null;
  readonly endedOn: Temporal.Instant | null;
  readonly message: string;
  readonly errorLine: number | null;
  readonly errorPath: string | null;
}

export interface RunWithOutputs extends Run {
  /** Typed values by the name of the output variable; null where none are kept. */
  readonly outputs: Readonly<Record<string, unknown>> | null;
}

const COLUMNS = sql`r.id, r.kind, r.status, r.deployment_id as "deploymentId", r.automation_name as "automationName",
  r.file_id as "fileId", r.file_path as "filePath", r.user_id as "userId", coalesce(u.username, '') as "userName",
  r.created_by as "createdBy", r.created_on as "createdOn", r.started_on as "startedOn", r.ended_on as "endedOn",
  r.message, r.error_line as "errorLine", r.error_path as "errorPath"`;
const SOURCE = sql`run r left join app_user u on u.id = r.user_id`;

const FIELDS: Fields = {
  // As text: what is asked for may be no UUID at all, and then is simply not there.
  id: { type: 'text', sql: sql`r.id::text` },
  deploymentId: { type: 'text', sql: sql`r.deployment_id::text` },
  automationName: { type: 'text', sql: sql`r.automation_name` },
  status: { type: 'text', sql: sql`r.status`, normalise: (word) => word.toUpperCase() },
  fileId: { type: 'number', sql: sql`r.file_id` },
  filePath: { type: 'text', sql: sql`r.file_path` },
  fileName: { type: 'text', sql: sql`regexp_replace(r.file_path, '^.*\\\\', '')` },
  userId: { type: 'number', sql: sql`r.user_id` },
  userName: { type: 'text', sql: sql`u.username` },
  createdBy: { type: 'number', sql: sql`r.created_by` },
  createdOn: { type: 'instant', sql: sql`r.created_on` },
  startDateTime: { type: 'instant', sql: sql`r.started_on` },
  endDateTime: { type: 'instant', sql: sql`r.ended_on` },
};

/** The record of all runs, for those who may look at it. */
export function createActivity(database: Database) {
  return {
    list: (caller: Caller, selection: Selection): Promise<Page<Run>> =>
      selectPage<Run>(
        database,
        { columns: COLUMNS, source: SOURCE, visible: visibleTo(caller), fields: FIELDS, tiebreak: sql`r.id` },
        selection,
      ),

    /** @throws notFound, also for a run of somebody else that the caller may not see */
    async get(caller: Caller, id: string): Promise<RunWithOutputs> {
      const run = UUID.test(id)
        ? await database.first(
            sql<RunWithOutputs>`select ${COLUMNS}, r.outputs from ${SOURCE} where r.id = ${id} and ${visibleTo(caller)}`,
          )
        : undefined;
      if (!run) throw error('notFound', `There is no run with the id ${id.slice(0, 100)}.`);
      return run;
    },
  };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Everybody sees his own runs; those of others need a right (contract a §10.1). */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('taskscheduling.everyoneschedule')) return sql<SqlBool>`true`;
  return sql<SqlBool>`(r.created_by = ${caller.userId} or r.user_id = ${caller.userId})`;
}
