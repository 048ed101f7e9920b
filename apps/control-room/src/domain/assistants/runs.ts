import { randomUUIDv7 } from 'node:crypto';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { leaveBlobs } from '../../kernel/blobs.ts';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { randomToken, sha256 } from '../../kernel/sealing.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { recordAudit } from '../audit/index.ts';
import type { TaskPackages } from '../task-packages/index.ts';
import type { ToolTokens, WorkspaceCaller, WorkspaceGrant } from '../workspaces/index.ts';
import { type Assistant, type AssistantRun, absentAssistant, absentRun, named, taskAmong } from './assistant.ts';

/** What a tool is told of the run that it has begun. */
export interface StartedRun {
  readonly id: string;
  readonly packageId: string;
  readonly taskName: string;
  readonly sha256: Buffer;
  /** With which its robot reaches secrets and assets, until the run ends. */
  readonly token: string;
  /** Part of the address to which its files are announced. */
  readonly artifactKey: string;
}

/** Tools send a heartbeat every 37 or every 60 seconds (contract robocorp §9.2): four are missed, then it is lost. */
export const LOST_SECONDS = 240;
/** No attended run takes longer; its token ends with it at the latest. */
const TOKEN_SECONDS = 86_400;
const KEPT_DAYS = 90;
const LONGEST_CODE = 200;
const BATCH = 1_000;
const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;

const TOKEN_GRANTS: readonly WorkspaceGrant[] = [
  'Robot.secrets',
  'Assets.read_asset_storage_assets',
  'Assets.write_asset_storage_assets',
];

const COLUMNS = sql`r.id, r.state, r.error_code as "errorCode", r.started_on as "startedOn", r.ended_on as "endedOn",
  extract(epoch from r.ended_on - r.started_on)::float8 as duration, r.assistant_id as "assistantId", a.name as "assistantName"`;
const SOURCE = sql`assistant_run r join assistant a on a.id = r.assistant_id`;

export function createAssistantRuns(database: Database, taskPackages: TaskPackages, toolTokens: ToolTokens) {
  /** The run of the caller's own tool. */
  function own(caller: WorkspaceCaller, assistantId: string, runId: string): RawBuilder<SqlBool> {
    return sql<SqlBool>`${named('r', caller, runId)} and r.assistant_id = ${readUuid(assistantId) ?? null}::uuid
      and r.user_id = ${caller.userId}`;
  }

  return {
    /** Newest first. @param assistantId undefined: of all */
    async list(
      caller: WorkspaceCaller,
      assistantId: string | undefined,
      stretch: Stretch,
    ): Promise<Stretched<AssistantRun>> {
      const of = assistantId === undefined ? sql`true` : sql`r.assistant_id = ${readUuid(assistantId) ?? null}::uuid`;
      const rows = await database.all(
        sql<AssistantRun>`select ${COLUMNS} from ${SOURCE} where r.workspace_id = ${caller.workspace.id} and ${of}
            and r.id < coalesce(${afterUuid(stretch)}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          order by r.id desc limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    /** @throws notFound */
    async get(caller: WorkspaceCaller, id: string): Promise<AssistantRun> {
      const found = await database.first(
        sql<AssistantRun>`select ${COLUMNS} from ${SOURCE} where ${named('r', caller, id)}`,
      );
      if (!found) throw absentRun(id);
      return found;
    },

    /** @throws notFound; conflict when the task is no longer in its package */
    async start(caller: WorkspaceCaller, assistantId: string): Promise<StartedRun> {
      return database.transaction(async (tx) => {
        const assistant = await tx.first(
          sql<
            Pick<Assistant, 'id' | 'name' | 'packageId' | 'taskName'>
          >`select a.id, a.name, a.package_id as "packageId",
              a.task_name as "taskName" from assistant a where ${named('a', caller, assistantId)} for key share`,
        );
        if (!assistant) throw absentAssistant(assistantId);
        const robot = await taskPackages.hold(tx, caller.workspace.id, assistant.packageId);
        const task = robot && taskAmong(robot.tasks, assistant.taskName);
        if (!robot?.sha256 || task === undefined) {
          throw error(
            'conflict',
            `The task "${assistant.taskName}" of the assistant is no longer in its task package.`,
            {
              details: 'upload a version that has it, or make the assistant anew',
            },
          );
        }
        const id = randomUUIDv7();
        const artifactKey = randomToken();
        const token = await toolTokens.issueFor(caller, { grants: TOKEN_GRANTS, seconds: TOKEN_SECONDS });
        await tx.all(sql`insert into assistant_run (id, assistant_id, workspace_id, user_id, task_name, content_sha256, token_hash, artifact_hash)
          values (${id}, ${assistant.id}, ${caller.workspace.id}, ${caller.userId}, ${task}, ${robot.sha256}, ${sha256(token)}, ${sha256(artifactKey)})`);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'assistantRun.start',
          subject: { type: 'assistantRun', id, name: assistant.name },
          details: { workspace: caller.workspace.uuid, task, package: robot.id, version: robot.number },
        });
        return { id, packageId: robot.id, taskName: task, sha256: robot.sha256, token, artifactKey };
      });
    },

    /** Its tool is still there. @throws notFound; conflict when it has ended */
    async heartbeat(caller: WorkspaceCaller, assistantId: string, runId: string): Promise<void> {
      const heard = await database.first(
        sql<{
          state: string;
        }>`update assistant_run r set heard_on = case when r.state = 'in_progress' then present() else r.heard_on end
          where ${own(caller, assistantId, runId)} returning r.state`,
      );
      if (!heard) throw absentRun(runId);
      if (heard.state !== 'in_progress')
        throw error('conflict', 'The run has ended.', { details: `it is ${heard.state}` });
    },

    /**
     * The end, as its tool tells it. The same again changes nothing.
     *
     * @param code why it failed; null when it did not
     * @throws notFound; conflict when it has ended otherwise
     */
    async complete(
      caller: WorkspaceCaller,
      assistantId: string,
      runId: string,
      { failed, code }: { readonly failed: boolean; readonly code: string },
    ): Promise<void> {
      const state = failed ? 'failed' : 'completed';
      await database.transaction(async (tx) => {
        const held = await tx.first(
          sql<{ id: string; state: string; tokenHash: Buffer | null }>`select r.id, r.state, r.token_hash as "tokenHash"
            from assistant_run r where ${own(caller, assistantId, runId)} for update`,
        );
        if (!held) throw absentRun(runId);
        if (held.state === state) return;
        if (held.state !== 'in_progress') {
          throw error('conflict', 'The run has ended otherwise.', { details: `it is ${held.state}` });
        }
        const errorCode = failed ? code.trim().slice(0, LONGEST_CODE) || 'UNKNOWN' : null;
        await tx.all(sql`update assistant_run set state = ${state}, error_code = ${errorCode}, ended_on = present(), token_hash = null
          where id = ${held.id}`);
        if (held.tokenHash) await toolTokens.revoke(tx, [held.tokenHash]);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'assistantRun.complete',
          subject: { type: 'assistantRun', id: held.id },
          outcome: failed ? 'UNSUCCESSFUL' : 'SUCCESSFUL',
          details: { state, ...(errorCode === null ? {} : { errorCode }) },
        });
      });
    },

    /**
     * A background duty: runs whose tool has fallen silent have failed. Answers how many.
     *
     * @param since from when on a tool could be heard: whoever was silent before that was not asked
     */
    async sweep(since: Temporal.Instant): Promise<number> {
      return database.transaction(async (tx) => {
        const lost = await tx.all(
          sql<{ id: string; tokenHash: Buffer | null }>`with lost as materialized (
              select id, token_hash from assistant_run where state = 'in_progress'
                and greatest(heard_on, ${since}::timestamptz) < present() - make_interval(secs => ${LOST_SECONDS})
              limit ${BATCH} for update skip locked)
            update assistant_run r set state = 'failed', error_code = 'HEARTBEAT_LOST', ended_on = present(), token_hash = null
            from lost where r.id = lost.id returning r.id, lost.token_hash as "tokenHash"`,
        );
        await toolTokens.revoke(
          tx,
          lost.flatMap(({ tokenHash }) => tokenHash ?? []),
        );
        for (const { id } of lost) {
          await recordAudit(tx, {
            actor: SYSTEM,
            action: 'assistantRun.lose',
            subject: { type: 'assistantRun', id },
            outcome: 'UNSUCCESSFUL',
          });
        }
        return lost.length;
      });
    },

    /** A background duty: forgets what ended long ago, with the files that it left. */
    async forget(): Promise<void> {
      await database.transaction(async (tx) => {
        const old = sql`select id from assistant_run where state <> 'in_progress' and ended_on < present() - make_interval(days => ${KEPT_DAYS})`;
        const left = await tx.all(
          sql<{ sha256: Buffer }>`select content_sha256 as sha256 from assistant_run where id in (${old})
            union select content_sha256 from assistant_artifact where run_id in (${old})`,
        );
        await tx.all(sql`delete from assistant_run where id in (${old})`);
        await leaveBlobs(
          tx,
          left.map(({ sha256 }) => sha256),
        );
      });
    },
  };
}
