import { type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Identity } from '../identity/index.ts';
import { isPassing } from '../launches/index.ts';
import type { ProcessRunState } from '../processes/index.ts';
import type { Repository } from '../repository/index.ts';
import { isFinal, RUN_STATUSES, type RunStatus } from '../runs/index.ts';
import type { Acting } from './acting.ts';
import { fits } from './settings.ts';
import { COLUMNS, type TriggerRow } from './trigger.ts';

interface Happening {
  readonly id: number;
  readonly kind: 'RUN_END' | 'FILE_SAVED' | 'PROCESS_RUN_END';
  /** Of a PROCESS_RUN_END the run of the process. */
  readonly runId: string | null;
  readonly fileId: number | null;
  readonly fileVersion: number | null;
  readonly happenedOn: Temporal.Instant;
}

interface EndedRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly fileId: number;
  readonly automationName: string;
  readonly createdBy: number;
  readonly deploymentId: string | null;
  readonly scheduleId: number | null;
  /** The triggers that began it. */
  readonly beganBy: readonly number[];
}

interface SavedFile {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly parentId: number;
}

const UNFINISHED = sql.raw(
  RUN_STATUSES.filter((status) => !isFinal(status))
    .map((status) => `'${status}'`)
    .join(','),
);

/**
 * What has happened in this installation and triggers wait for. It was written down by the statement that made it happen
 * (migration 0014); it is taken here, acted upon and forgotten in one transaction.
 */
export function createHappenings(
  { database, log }: Kernel,
  { identity, repository }: { readonly identity: Identity; readonly repository: Repository },
  acting: Acting,
) {
  /** In the order of their ids, so that two servers do not wait for each other in a circle. */
  function triggersFor(
    tx: Transaction,
    { happenedOn }: Happening,
    where: ReturnType<typeof sql<SqlBool>>,
  ): Promise<TriggerRow[]> {
    return tx.all(sql<TriggerRow>`select ${COLUMNS} from event_trigger t
      where t.status = 'ACTIVE' and t.active_since <= ${happenedOn} and ${where} order by t.id for update`);
  }

  async function runEnded(tx: Transaction, happening: Happening): Promise<void> {
    const run = await tx.first(
      sql<EndedRun>`select r.id, r.status, r.file_id as "fileId", r.automation_name as "automationName", r.created_by as "createdBy",
          r.deployment_id as "deploymentId",
          (select o.schedule_id from schedule_occurrence o where o.deployment_id = r.deployment_id) as "scheduleId",
          array(select v.trigger_id from trigger_event v where v.deployment_id = coalesce(r.deployment_id,
            (select s.process_run_id from step_run s where s.run_id = r.id))) as "beganBy"
        from run r where r.id = ${happening.runId}`,
    );
    if (!run) return;
    const triggers = await triggersFor(
      tx,
      happening,
      sql<SqlBool>`((t.kind = 'RUN_END' and coalesce((t.settings ->> 'fileId')::bigint, ${run.fileId}) = ${run.fileId})
        or (t.kind = 'SCHEDULE_END' and (t.settings ->> 'scheduleId')::bigint = ${run.scheduleId}))`,
    );
    for (const trigger of triggers) {
      if (!(await sees(trigger, run))) continue;
      if (run.beganBy.includes(trigger.id)) {
        const why = 'The trigger itself began this run; it would never come to an end.';
        await acting.trace(tx, trigger, { outcome: 'NOT_FIRED', saw: { runId: run.id }, why, deploymentId: null });
      } else if (trigger.settings.kind === 'RUN_END') await runEndedFor(tx, trigger, trigger.settings.statuses, run);
      else if (trigger.settings.kind === 'SCHEDULE_END')
        await scheduleEndedFor(tx, trigger, trigger.settings.statuses, run);
    }
  }

  /** As in the activity: one's own runs, and with a right those of others. */
  async function sees({ createdBy }: TriggerRow, run: Pick<EndedRun, 'createdBy'>): Promise<boolean> {
    if (run.createdBy === createdBy) return true;
    const owner = await identity.callerFor(createdBy);
    return owner?.may('taskscheduling.everyoneschedule') ?? false;
  }

  async function runEndedFor(
    tx: Transaction,
    trigger: TriggerRow,
    statuses: readonly RunStatus[],
    run: EndedRun,
  ): Promise<void> {
    const { id, status, automationName, fileId, deploymentId } = run;
    const saw = { runId: id, status, automationName, fileId, deploymentId };
    if (statuses.length > 0 && !statuses.includes(status)) {
      await acting.trace(tx, trigger, {
        outcome: 'NOT_FIRED',
        saw,
        why: `The run ended as ${status}.`,
        deploymentId: null,
      });
      return;
    }
    await acting.act(tx, trigger, { key: `run:${id}`, saw, text: JSON.stringify(saw) });
  }

  /**
   * Of runs that end at the same moment, whichever is looked at after both have committed finds that all are over; the key
   * lets one of them act.
   */
  async function scheduleEndedFor(
    tx: Transaction,
    trigger: TriggerRow,
    statuses: readonly RunStatus[],
    { deploymentId, scheduleId }: EndedRun,
  ): Promise<void> {
    const row = await tx.first(
      sql<{
        unfinished: number;
        failed: RunStatus | null;
      }>`select count(*) filter (where status in (${UNFINISHED}))::int as unfinished,
          (array_agg(status order by ended_on, id) filter (where status <> 'COMPLETED'))[1] as failed
        from run where deployment_id = ${deploymentId}`,
    );
    const unfinished = row?.unfinished ?? 0;
    const status = row?.failed ?? 'COMPLETED';
    const saw = { scheduleId, deploymentId, status, unfinished };
    const why =
      unfinished > 0
        ? 'Other runs of the deployment are not over.'
        : statuses.length > 0 && !statuses.includes(status)
          ? `The deployment ended as ${status}.`
          : undefined;
    if (why !== undefined) await acting.trace(tx, trigger, { outcome: 'NOT_FIRED', saw, why, deploymentId: null });
    else await acting.act(tx, trigger, { key: `deployment:${deploymentId}`, saw, text: JSON.stringify(saw) });
  }

  /** The run of a process is the only one of its occurrence; it ends anew when failed items were tried again. */
  async function processRunEnded(tx: Transaction, happening: Happening): Promise<void> {
    const run = await tx.first(
      sql<{ scheduleId: number; createdBy: number; state: ProcessRunState }>`select o.schedule_id as "scheduleId",
          r.created_by as "createdBy", r.state from process_run r join schedule_occurrence o on o.deployment_id = r.id
        where r.id = ${happening.runId}`,
    );
    if (!run || (run.state !== 'completed' && run.state !== 'unresolved')) return;
    const where = sql<SqlBool>`t.kind = 'SCHEDULE_END' and (t.settings ->> 'scheduleId')::bigint = ${run.scheduleId}`;
    const status: RunStatus = run.state === 'completed' ? 'COMPLETED' : 'RUN_FAILED';
    const saw = { scheduleId: run.scheduleId, deploymentId: happening.runId, status, unfinished: 0 };
    for (const trigger of await triggersFor(tx, happening, where)) {
      if (trigger.settings.kind !== 'SCHEDULE_END' || !(await sees(trigger, run))) continue;
      const { statuses } = trigger.settings;
      if (statuses.length > 0 && !statuses.includes(status)) {
        const why = `The process run ended as ${run.state}.`;
        await acting.trace(tx, trigger, { outcome: 'NOT_FIRED', saw, why, deploymentId: null });
      } else await acting.act(tx, trigger, { key: `deployment:${happening.runId}`, saw, text: JSON.stringify(saw) });
    }
  }

  async function fileSaved(tx: Transaction, happening: Happening): Promise<void> {
    const file = await tx.first(
      sql<SavedFile>`select e.id, e.name, e.path, e.parent_id as "parentId" from repository_entry e
        where e.id = ${happening.fileId} and e.workspace = 'PUBLIC' and not e.is_metadata`,
    );
    if (!file) return;
    const triggers = await triggersFor(
      tx,
      happening,
      sql<SqlBool>`t.kind = 'FILE_SAVED' and exists (select from repository_entry f where f.id = (t.settings ->> 'folderId')::bigint
        and (f.id = ${file.parentId} or ((t.settings ->> 'includeSubfolders')::boolean and starts_with(${file.path}, f.path || ${'\\'}))))`,
    );
    const saw = { fileId: file.id, path: file.path, version: happening.fileVersion };
    for (const trigger of triggers) {
      if (trigger.settings.kind !== 'FILE_SAVED') continue;
      const why = fits(trigger.settings.namePattern, file.name)
        ? await whyNotSeen(trigger, file.id)
        : 'The name of the file does not fit the pattern.';
      if (why !== undefined) await acting.trace(tx, trigger, { outcome: 'NOT_FIRED', saw, why, deploymentId: null });
      else
        await acting.act(tx, trigger, {
          key: `file:${file.id}:${happening.fileVersion}`,
          saw,
          text: JSON.stringify(saw),
        });
    }
  }

  async function whyNotSeen({ createdBy }: TriggerRow, fileId: number): Promise<string | undefined> {
    const owner = await identity.callerFor(createdBy);
    const seen = owner && (await repository.rights.require(owner, fileId, 'viewContent').catch(() => undefined));
    return seen ? undefined : 'The owner of the trigger may not look into the file.';
  }

  const takers = { RUN_END: runEnded, PROCESS_RUN_END: processRunEnded, FILE_SAVED: fileSaved } as const;

  return {
    /** Takes the first that nobody else is at. Answers whether there was one. */
    takeOne(): Promise<boolean> {
      return database.transaction(async (tx) => {
        const happening = await tx.first(
          sql<Happening>`delete from trigger_happening where id = (
              select id from trigger_happening order by id limit 1 for update skip locked)
            returning id, kind, run_id as "runId", file_id as "fileId", file_version as "fileVersion", happened_on as "happenedOn"`,
        );
        if (!happening) return false;
        await tx.all(sql`savepoint happening`);
        try {
          await takers[happening.kind](tx, happening);
        } catch (cause) {
          if (isPassing(cause)) throw cause;
          // One that cannot be dealt with must not stand before all others.
          log.error({ err: cause, happening }, 'Something that happened could not be given to the triggers.');
          await tx.all(sql`rollback to savepoint happening`);
        }
        return true;
      });
    },
  };
}

export type Happenings = ReturnType<typeof createHappenings>;
