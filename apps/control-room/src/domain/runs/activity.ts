import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';
import { type RunStatus, readRunStatus } from './life-cycle.ts';
import { readRunId } from './run-id.ts';

export type RunKind = 'REAL_TIME' | 'ON_DEMAND' | 'UNATTENDED' | 'ATTENDED';

/** One run as the record has it. */
export interface Run {
  readonly id: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
  readonly version: number;
  readonly deploymentId: string | null;
  /** The deployment's number; 0 without one. */
  readonly automationId: number;
  readonly automationName: string;
  /** 0 low, 1 medium, 2 high */
  readonly priority: number;
  readonly botLabel: string;
  readonly runElevated: boolean;
  readonly usingRdp: boolean;
  readonly triggerType: '' | 'SCHEDULE' | 'TRIGGER';
  readonly triggerId: string;
  readonly hasCallback: boolean;
  readonly fileId: number;
  readonly filePath: string;
  readonly deviceId: number | null;
  readonly deviceName: string;
  readonly userId: number;
  readonly userName: string;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly modifiedBy: number | null;
  readonly modifiedOn: Temporal.Instant | null;
  readonly startedOn: Temporal.Instant | null;
  readonly endedOn: Temporal.Instant | null;
  /** What its runner has been asked to do and has not done yet. */
  readonly command: 'PAUSE' | 'RESUME' | 'STOP' | null;
  readonly message: string;
  readonly errorLine: number | null;
  readonly errorPath: string | null;
  /** The bot it is in, `/` between folders; null when nothing has been told. */
  readonly currentBot: string | null;
  readonly currentLine: number;
  readonly totalLines: number;
  readonly percent: number;
  /** Whether the caller may pause, resume, stop or put it away. */
  readonly mayManage: boolean;
}

export interface RunWithOutputs extends Run {
  /** Typed values by the name of the output variable; null where none are kept. */
  readonly outputs: Readonly<Record<string, unknown>> | null;
}

/** `HISTORY`: what has ended, also what was put away. */
export type ActivityView = 'ACTIVITY' | 'HISTORY';

const columnsFor = (caller: Caller) => sql`r.id, r.kind, r.status, r.version, r.deployment_id as "deploymentId",
  coalesce(d.number, 0)::int8 as "automationId", r.automation_name as "automationName", r.priority, coalesce(d.bot_label, '') as "botLabel",
  coalesce(d.run_elevated, false) as "runElevated", coalesce(d.rdp_enabled, false) as "usingRdp", coalesce(d.trigger_type, '') as "triggerType",
  coalesce(d.trigger_id, '') as "triggerId", d.callback_sealed is not null as "hasCallback",
  r.file_id as "fileId", r.file_path as "filePath", r.device_id as "deviceId", coalesce(v.host_name, '') as "deviceName",
  r.user_id as "userId", coalesce(u.username, '') as "userName", r.created_by as "createdBy", r.created_on as "createdOn",
  r.modified_by as "modifiedBy", r.modified_on as "modifiedOn", r.started_on as "startedOn", r.ended_on as "endedOn", r.command,
  r.message, r.error_line as "errorLine", r.error_path as "errorPath", p.bot_path as "currentBot",
  coalesce(p.line, r.last_line) as "currentLine", r.total_lines as "totalLines",
  case when r.status = 'COMPLETED' then 100 else coalesce(p.percent, case when r.total_lines > 0 then least(100, r.last_line * 100 / r.total_lines) else 0 end) end as percent,
  ${manageableBy(caller)} as "mayManage"`;

// All of them found by their keys, at most one each: a count need not look at them.
const SOURCE = sql`run r left join app_user u on u.id = r.user_id left join device v on v.id = r.device_id
  left join deployment d on d.id = r.deployment_id
  left join run_progress p on p.run_id = r.id and p.version = r.version and r.lease_id is not null`;

const NAME_OF_FILE = sql`regexp_replace(r.file_path, '^.*\\\\', '')`;
const PRIORITY_WORDS = sql`(array['PRIORITY_LOW', 'PRIORITY_MEDIUM', 'PRIORITY_HIGH'])[r.priority + 1]`;
const TYPE = sql`case coalesce(d.trigger_type, '') when 'SCHEDULE' then 'SCHEDULED' when 'TRIGGER' then 'TRIGGERED' else 'RUN_NOW' end`;

/** Contract a §1.5 and §10.6: the names of the activity, and those of the older history for the same things. */
const FIELDS: Fields = {
  id: { type: 'uuid', sql: sql`r.id`, normalise: (text) => readRunId(text) ?? text },
  deploymentId: { type: 'uuid', sql: sql`r.deployment_id` },
  automationId: { type: 'number', sql: sql`d.number` },
  automationName: { type: 'text', sql: sql`r.automation_name` },
  activityName: { type: 'text', sql: sql`r.automation_name` },
  jobName: { type: 'text', sql: sql`r.automation_name` },
  automationPriority: { type: 'text', sql: PRIORITY_WORDS, normalise: (word) => word.toUpperCase() },
  botLabel: { type: 'text', sql: sql`coalesce(d.bot_label, '')` },
  status: { type: 'text', sql: sql`r.status`, normalise: readRunStatus },
  jobExecutionStatus: { type: 'text', sql: sql`r.status`, normalise: readRunStatus },
  type: { type: 'text', sql: TYPE, normalise: (word) => word.toUpperCase() },
  jobType: { type: 'text', sql: TYPE, normalise: (word) => word.toUpperCase() },
  fileId: { type: 'number', sql: sql`r.file_id` },
  filePath: { type: 'text', sql: sql`r.file_path` },
  fileName: { type: 'text', sql: NAME_OF_FILE },
  currentBotName: {
    type: 'text',
    sql: sql`coalesce(regexp_replace(p.bot_path, '^.*/', ''), ${NAME_OF_FILE})`,
  },
  deviceId: { type: 'number', sql: sql`r.device_id` },
  deviceName: { type: 'text', sql: sql`v.host_name` },
  userId: { type: 'number', sql: sql`r.user_id` },
  runAsUserId: { type: 'number', sql: sql`r.user_id` },
  userName: { type: 'text', sql: sql`u.username` },
  scheduleId: { type: 'text', sql: sql`coalesce(d.trigger_id, '')` },
  createdBy: { type: 'number', sql: sql`r.created_by` },
  createdOn: { type: 'instant', sql: sql`r.created_on`, required: true },
  modifiedOn: { type: 'instant', sql: sql`coalesce(r.modified_on, r.created_on)` },
  startDateTime: { type: 'instant', sql: sql`r.started_on` },
  endDateTime: { type: 'instant', sql: sql`r.ended_on` },
};

/** The record of all runs, for those who may look at it. */
export function createActivity(database: Database) {
  return {
    list: (caller: Caller, selection: Selection, view: ActivityView = 'ACTIVITY'): Promise<Page<RunWithOutputs>> =>
      selectPage<RunWithOutputs>(
        database,
        {
          columns: sql`${columnsFor(caller)}, r.outputs`,
          source: SOURCE,
          visible: sql<SqlBool>`${visibleTo(caller)} and ${view === 'HISTORY' ? sql`r.ended_on is not null` : sql`r.archived_on is null`}`,
          fields: FIELDS,
          tiebreak: sql`r.id`,
        },
        selection,
      ),

    /** @param id as the activity gives it out, or the bare UUID. @throws notFound, also for what the caller may not see */
    async get(caller: Caller, id: string): Promise<RunWithOutputs> {
      const runId = readRunId(id);
      const run =
        runId === undefined
          ? undefined
          : await database.first(
              sql<RunWithOutputs>`select ${columnsFor(caller)}, r.outputs from ${SOURCE} where r.id = ${runId} and ${visibleTo(caller)}`,
            );
      if (!run) throw error('notFound', `There is no run with the id ${id.slice(0, 100)}.`);
      return run;
    },
  };
}

export type Activity = ReturnType<typeof createActivity>;

/** Everybody sees his own runs; those of others need a right (contract a §10.1). */
export function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('taskscheduling.everyoneschedule')) return sql<SqlBool>`true`;
  return sql<SqlBool>`(r.created_by = ${caller.userId} or r.user_id = ${caller.userId})`;
}

/** Which of the runs that he sees the caller may pause, resume, stop and put away (contract a §10.1). */
export function manageableBy(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('taskscheduling.manageeveryoneschedule')) return sql<SqlBool>`true`;
  if (!caller.may('taskscheduling.managemyschedule')) return sql<SqlBool>`false`;
  return sql<SqlBool>`(r.created_by = ${caller.userId} or r.user_id = ${caller.userId})`;
}
