import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Filter, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';
import { type RunStatus, readRunStatus } from './life-cycle.ts';
import { readRunId } from './run-id.ts';

export type RunKind = 'REAL_TIME' | 'ON_DEMAND' | 'UNATTENDED' | 'ATTENDED' | 'STEP';

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

/**
 * What belongs to a run stands in other tables and is looked up for the rows of the page only: joined, it would be looked up
 * for every row that passes the filter, before the page is cut. Measured, 100 of 1,000,000 runs: by their ends 13 ms joined
 * and 3 ms so, by createdOn 1,400 ms and 600 ms. More in docs/decisions/0018-deployments.md.
 */
const columnsFor = (caller: Caller) => sql`r.id, r.kind, r.status, r.version, r.deployment_id as "deploymentId",
  r.automation_name as "automationName", r.priority, ${ofDeployment} as deployment,
  r.file_id as "fileId", r.file_path as "filePath", r.device_id as "deviceId", coalesce(${DEVICE_NAME}, '') as "deviceName",
  r.user_id as "userId", coalesce(${USER_NAME}, '') as "userName", r.created_by as "createdBy", r.created_on as "createdOn",
  r.modified_by as "modifiedBy", r.modified_on as "modifiedOn", r.started_on as "startedOn", r.ended_on as "endedOn", r.command,
  r.message, r.error_line as "errorLine", r.error_path as "errorPath", ${ofProgress} as progress, r.last_line as "lastLine",
  r.total_lines as "totalLines", ${manageableBy(caller)} as "mayManage", r.outputs`;

const USER_NAME = sql`(select u.username from app_user u where u.id = r.user_id)`;
const DEVICE_NAME = sql`(select v.host_name from device v where v.id = r.device_id)`;
const TRIGGER = sql`(select d.trigger_type from deployment d where d.id = r.deployment_id)`;
const CURRENT_BOT = sql`(select p.bot_path from run_progress p where p.run_id = r.id and p.version = r.version and r.lease_id is not null)`;
const ofDeployment = sql`(select json_build_object('number', d.number, 'botLabel', d.bot_label, 'runElevated', d.run_elevated,
  'usingRdp', d.rdp_enabled, 'triggerType', d.trigger_type, 'triggerId', d.trigger_id, 'hasCallback', d.callback_sealed is not null)
  from deployment d where d.id = r.deployment_id)`;
const ofProgress = sql`(select json_build_object('bot', p.bot_path, 'line', p.line, 'percent', p.percent)
  from run_progress p where p.run_id = r.id and p.version = r.version and r.lease_id is not null)`;

/** For the filters that ask for it; in all other statements the planner leaves the join out, for it can change nothing. */
const SOURCE = sql`run r left join deployment d on d.id = r.deployment_id`;

/** A row as those columns have it. */
interface Row
  extends Omit<
    RunWithOutputs,
    | 'automationId'
    | 'botLabel'
    | 'runElevated'
    | 'usingRdp'
    | 'triggerType'
    | 'triggerId'
    | 'hasCallback'
    | 'currentBot'
    | 'currentLine'
    | 'percent'
  > {
  readonly deployment:
    | (Pick<Run, 'botLabel' | 'runElevated' | 'usingRdp' | 'triggerType' | 'triggerId' | 'hasCallback'> & {
        readonly number: number;
      })
    | null;
  readonly progress: { readonly bot: string; readonly line: number; readonly percent: number } | null;
  readonly lastLine: number;
}

function readRow({ deployment, progress, lastLine, ...run }: Row): RunWithOutputs {
  const byLines = run.totalLines > 0 ? Math.min(100, Math.floor((lastLine * 100) / run.totalLines)) : 0;
  return {
    ...run,
    automationId: deployment?.number ?? 0,
    botLabel: deployment?.botLabel ?? '',
    runElevated: deployment?.runElevated ?? false,
    usingRdp: deployment?.usingRdp ?? false,
    triggerType: deployment?.triggerType ?? '',
    triggerId: deployment?.triggerId ?? '',
    hasCallback: deployment?.hasCallback ?? false,
    currentBot: progress?.bot ?? null,
    currentLine: progress?.line ?? lastLine,
    percent: run.status === 'COMPLETED' ? 100 : (progress?.percent ?? byLines),
  };
}

const NAME_OF_FILE = sql`regexp_replace(r.file_path, '^.*\\\\', '')`;
const PRIORITY_WORDS = sql`(array['PRIORITY_LOW', 'PRIORITY_MEDIUM', 'PRIORITY_HIGH'])[r.priority + 1]`;
const TYPE = sql`case coalesce(${TRIGGER}, '') when 'SCHEDULE' then 'SCHEDULED' when 'TRIGGER' then 'TRIGGERED' else 'RUN_NOW' end`;

/** Contract a §1.5 and §10.6: the names of the activity, and those of the older history for the same things. */
const FIELDS: Fields = {
  id: { type: 'uuid', sql: sql`r.id`, normalise: (text) => readRunId(text) ?? text },
  deploymentId: { type: 'uuid', sql: sql`r.deployment_id` },
  automationId: { type: 'number', sql: sql`d.number` },
  automationName: { type: 'text', sql: sql`r.automation_name` },
  activityName: { type: 'text', sql: sql`r.automation_name` },
  jobName: { type: 'text', sql: sql`r.automation_name` },
  automationPriority: { type: 'text', sql: PRIORITY_WORDS, normalise: (word) => word.toUpperCase() },
  botLabel: {
    type: 'text',
    sql: sql`coalesce((select d.bot_label from deployment d where d.id = r.deployment_id), '')`,
  },
  status: { type: 'text', sql: sql`r.status`, normalise: readRunStatus },
  jobExecutionStatus: { type: 'text', sql: sql`r.status`, normalise: readRunStatus },
  type: { type: 'text', sql: TYPE, normalise: (word) => word.toUpperCase() },
  jobType: { type: 'text', sql: TYPE, normalise: (word) => word.toUpperCase() },
  fileId: { type: 'number', sql: sql`r.file_id` },
  filePath: { type: 'text', sql: sql`r.file_path` },
  fileName: { type: 'text', sql: NAME_OF_FILE },
  currentBotName: {
    type: 'text',
    sql: sql`coalesce(regexp_replace(${CURRENT_BOT}, '^.*/', ''), ${NAME_OF_FILE})`,
  },
  deviceId: { type: 'number', sql: sql`r.device_id` },
  deviceName: { type: 'text', sql: DEVICE_NAME },
  userId: { type: 'number', sql: sql`r.user_id` },
  runAsUserId: { type: 'number', sql: sql`r.user_id` },
  userName: { type: 'text', sql: USER_NAME },
  scheduleId: {
    type: 'text',
    sql: sql`coalesce((select d.trigger_id from deployment d where d.id = r.deployment_id), '')`,
  },
  createdBy: { type: 'number', sql: sql`r.created_by` },
  createdOn: { type: 'instant', sql: sql`r.created_on`, required: true },
  modifiedOn: { type: 'instant', sql: sql`coalesce(r.modified_on, r.created_on)` },
  startDateTime: { type: 'instant', sql: sql`r.started_on` },
  endDateTime: { type: 'instant', sql: sql`r.ended_on` },
};

/** Ids grow with the time at which a run was made, up to the clocks of several servers: their index has that order as well. */
const FIELDS_BY_AGE: Fields = {
  ...FIELDS,
  createdOn: { type: 'instant', sql: sql`r.created_on`, required: true, order: sql`r.id` },
};

/** The record of all runs, for those who may look at it. */
export function createActivity(database: Database) {
  return {
    async list(caller: Caller, selection: Selection, view: ActivityView = 'ACTIVITY'): Promise<Page<RunWithOutputs>> {
      const closed = isClosedRange(selection.filter);
      const page = await selectPage<Row>(
        database,
        {
          columns: columnsFor(caller),
          source: SOURCE,
          visible: sql<SqlBool>`${visibleTo(caller)} and ${view === 'HISTORY' ? sql`r.ended_on is not null` : sql`r.archived_on is null`}`,
          fields: closed ? FIELDS : FIELDS_BY_AGE,
          tiebreak: closed ? sql`r.id::text` : sql`r.id`,
        },
        selection,
      );
      return { ...page, rows: page.rows.map(readRow) };
    },

    /** @param id as the activity gives it out, or the bare UUID. @throws notFound, also for what the caller may not see */
    async get(caller: Caller, id: string): Promise<RunWithOutputs> {
      const runId = readRunId(id);
      const row =
        runId === undefined
          ? undefined
          : await database.first(
              sql<Row>`select ${columnsFor(caller)} from run r where r.id = ${runId} and ${visibleTo(caller)}`,
            );
      if (!row) throw error('notFound', `There is no run with the id ${id.slice(0, 100)}.`);
      return readRow(row);
    },
  };
}

const TIMES = ['createdon', 'startdatetime', 'enddatetime', 'modifiedon'];

/**
 * Whether the filter names a stretch of time with both ends. The order of ids is then asked for in a way that no index has:
 * the planner believes that such rows are scattered over the years, and would walk through all newer ones to find them in
 * order. Measured, a day of last spring among 1,000,000 runs: 460 ms that way, 7 to 13 ms by the
 * index over the time.
 */
function isClosedRange(filter: Filter): boolean {
  if (filter.operator !== 'and') return false;
  const bounds = filter.operands.flatMap((one) =>
    'field' in one && TIMES.includes(one.field.toLowerCase()) ? [one.operator] : [],
  );
  return bounds.some((one) => one === 'gt' || one === 'ge') && bounds.some((one) => one === 'lt' || one === 'le');
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
