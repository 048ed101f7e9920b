import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { processQueues } from '../work/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { Process, ProcessSettings, Step, StepSettings } from './definition.ts';
import type { OwnsQueue, Robots, Workers } from './parts.ts';
import { removeProcessRuns } from './remove-runs.ts';

const STEPS = sql`(select coalesce(json_agg(json_build_object('id', s.id, 'position', s.position, 'name', s.name, 'queueId', s.queue_id,
    'taskPackageId', s.task_package_id, 'taskName', s.task_name, 'deviceId', s.device_id, 'workerGroupId', s.worker_group_id,
    'environment', s.environment, 'maxParallel', s.max_parallel, 'timeoutSeconds', s.timeout_seconds, 'waitForAll', s.wait_for_all,
    'retries', q.auto_retry_limit, 'onLost', q.on_lost) order by s.position), '[]')
  from process_step s join queue q on q.id = s.queue_id where s.process_id = p.id)`;

const COLUMNS = sql`p.id, p.workspace_id as "workspaceId", p.name, p.description, p.default_payload as "defaultPayload",
  json_build_object('parse', p.mail_parse, 'start', p.mail_start) as mail, p.output_queue_id as "outputQueueId", ${STEPS} as steps, p.created_on as "createdOn", p.version`;

const MOST_STEPS = 100;

/** What can be run: steps in their order, each with its robot. */
export function createProcesses(
  { database, wakeUps }: Kernel,
  { robots, workers, ownsQueue }: { readonly robots: Robots; readonly workers: Workers; readonly ownsQueue: OwnsQueue },
) {
  const known: Remembered<Process | undefined> = remember(
    wakeUps,
    'process-changed',
    (id) => database.first(sql<Process>`select ${COLUMNS} from process p where p.id = ${id}`),
    { clearedBy: ['queue-changed'] },
  );

  async function get(caller: WorkspaceCaller, id: string): Promise<Process> {
    const uuid = readUuid(id);
    const process = uuid === undefined ? undefined : await known.get(uuid);
    if (!process || process.workspaceId !== caller.workspace.id)
      throw error('notFound', `There is no process with the id ${id.slice(0, 100)} in the workspace.`);
    return process;
  }

  return {
    get,
    /** Whoever asks: for the rules themselves. */
    definition: (id: string): Promise<Process | undefined> => known.get(id),

    async list(caller: WorkspaceCaller, stretch: Stretch): Promise<Stretched<Process>> {
      const rows = await database.all(
        sql<Process>`select ${COLUMNS} from process p where p.workspace_id = ${caller.workspace.id}
          and (${afterUuid(stretch)}::uuid is null or p.id > ${afterUuid(stretch)}::uuid) order by p.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    /** @throws invalid; duplicate */
    async create(caller: WorkspaceCaller, settings: ProcessSettings): Promise<Process> {
      const steps = await readSteps(caller, settings.steps);
      const id = randomUUIDv7();
      await database
        .transaction(async (tx) => {
          const outputQueueId = await processQueues.make(tx, caller, {
            processId: id,
            role: 'OUTPUT',
            name: `${settings.name} · outputs`,
            retries: 0,
            onLost: 'RETRY',
          });
          await tx.all(sql`insert into process (id, workspace_id, name, description, default_payload, mail_parse, mail_start, output_queue_id, created_by, updated_by)
            values (${id}, ${caller.workspace.id}, ${settings.name}, ${settings.description ?? ''}, ${jsonOrNull(settings.defaultPayload)}::json,
              ${settings.mail?.parse ?? true}, ${settings.mail?.start ?? true}, ${outputQueueId}, ${caller.userId}, ${caller.userId})`);
          await writeSteps(tx, caller, { id, name: settings.name, before: [] }, steps);
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'process.create',
            subject: { type: 'process', id, name: settings.name },
            details: { workspace: caller.workspace.uuid, steps: settings.steps.map(({ name }) => name) },
          });
        })
        .catch(nameTaken);
      return get(caller, id);
    },

    /** Steps that are named by their id stay, with their items; the others are made, and those left out removed. @throws conflict */
    async update(caller: WorkspaceCaller, id: string, settings: Partial<ProcessSettings>): Promise<Process> {
      const before = await get(caller, id);
      const steps = settings.steps && (await readSteps(caller, settings.steps, before));
      await database
        .transaction(async (tx) => {
          await tx.all(sql`select 1 from process where id = ${before.id} for update`);
          await tx.all(sql`update process set name = ${settings.name ?? before.name}, description = ${settings.description ?? before.description},
              default_payload = ${jsonOrNull(settings.defaultPayload === undefined ? before.defaultPayload : settings.defaultPayload)}::json,
              mail_parse = ${settings.mail?.parse ?? before.mail.parse}, mail_start = ${settings.mail?.start ?? before.mail.start},
              updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${before.id}`);
          if (steps) {
            const name = settings.name ?? before.name;
            await writeSteps(tx, caller, { id: before.id, name, before: before.steps }, steps);
          }
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'process.update',
            subject: { type: 'process', id: before.id, name: settings.name ?? before.name },
            details: { workspace: caller.workspace.uuid, changed: Object.keys(settings) },
          });
          await announce(tx, 'process-changed', before.id);
        })
        .catch(nameTaken);
      return get(caller, before.id);
    },

    /** With its runs, its queues and their items. @throws conflict while a run of it is under way */
    async remove(caller: WorkspaceCaller, id: string): Promise<void> {
      const process = await get(caller, id);
      await database.transaction(async (tx) => {
        await tx.all(sql`select 1 from process where id = ${process.id} for update`);
        const open = await tx.first(
          sql`select 1 from process_run where process_id = ${process.id} and state in ('new', 'in_progress', 'stopping') limit 1`,
        );
        if (open)
          throw error('conflict', `A run of the process "${process.name}" is under way.`, { details: 'stop it first' });
        const runs = await tx.all(sql<{ id: string }>`select id from process_run where process_id = ${process.id}`);
        await removeProcessRuns(
          tx,
          runs.map(({ id }) => id),
        );
        await tx.all(sql`delete from process where id = ${process.id}`);
        await processQueues.remove(tx, caller, [process.outputQueueId, ...process.steps.map(({ queueId }) => queueId)]);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'process.delete',
          subject: { type: 'process', id: process.id, name: process.name },
          details: { workspace: caller.workspace.uuid },
        });
        await announce(tx, 'process-changed', process.id);
      });
    },

    /** Names of the processes that a task package is used by. */
    async namedBy(tx: Transaction, packageId: string): Promise<string[]> {
      const rows = await tx.all(
        sql<{ name: string }>`select distinct p.name from process_step s join process p on p.id = s.process_id
          where s.task_package_id = ${packageId}::uuid order by p.name`,
      );
      return rows.map(({ name }) => name);
    },
  };

  /** Everything that a step names is there; what must not change stays as it was. */
  async function readSteps(
    caller: WorkspaceCaller,
    settings: readonly StepSettings[],
    before?: Process,
  ): Promise<(StepSettings & { place: { deviceId: number | null; groupId: number | null }; packageId: string })[]> {
    if (settings.length === 0 || settings.length > MOST_STEPS)
      throw error('invalid', `A process has 1 to ${MOST_STEPS} steps; ${settings.length} came.`);
    const workspaceId = caller.workspace.id;
    return Promise.all(
      settings.map(async (step) => {
        if (step.id !== undefined && !before?.steps.some(({ id }) => id === step.id))
          throw error('invalid', `The process has no step with the id ${step.id}.`);
        const packageId = readUuid(step.taskPackageId);
        const robot = packageId && (await robots.forRun(workspaceId, packageId));
        if (!packageId || !robot) {
          throw error(
            'invalid',
            `The step "${step.name}" names a task package that is not there, or has no content yet.`,
            {
              details: `expected the id of a task package of the workspace; came: ${step.taskPackageId.slice(0, 100)}`,
            },
          );
        }
        const deviceId = step.workerId === undefined ? null : await workers.findWorker(workspaceId, step.workerId);
        if (deviceId === undefined) throw error('invalid', `The step "${step.name}" names a worker that is not there.`);
        const groupId =
          step.workerGroupId === undefined ? null : await workers.findGroup(workspaceId, step.workerGroupId);
        if (step.queueId !== undefined && step.id === undefined && !(await ownsQueue(caller.userId, step.queueId)))
          throw error('invalid', `The step "${step.name}" names a queue that is not there, or is not yours.`);
        if (groupId === undefined)
          throw error('invalid', `The step "${step.name}" names a worker group that is not there.`);
        return { ...step, packageId, place: { deviceId, groupId } };
      }),
    );
  }

  async function writeSteps(
    tx: Transaction,
    caller: WorkspaceCaller,
    process: { readonly id: string; readonly name: string; readonly before: readonly Step[] },
    steps: Awaited<ReturnType<typeof readSteps>>,
  ): Promise<void> {
    const gone = process.before.filter(({ id }) => !steps.some((step) => step.id === id));
    if (gone.length > 0) {
      const busy = await tx.first(
        sql`select 1 from work_item where queue_id = any(${gone.map(({ queueId }) => queueId)}::bigint[])
          and status not in ('COMPLETED', 'FAILED') limit 1`,
      );
      if (busy) throw error('conflict', `Items wait in the step "${gone.map(({ name }) => name).join('", "')}".`);
      await tx.all(sql`delete from process_step where id = any(${gone.map(({ id }) => id)}::uuid[])`);
      await processQueues.remove(
        tx,
        caller,
        gone.map(({ queueId }) => queueId),
      );
    }
    for (const [position, step] of steps.entries()) {
      const rules = { retries: step.retries ?? 0, onLost: step.onLost ?? 'RETRY' };
      const values = [
        sql`position = ${position}`,
        sql`name = ${step.name}`,
        sql`task_package_id = ${step.packageId}::uuid`,
        sql`task_name = ${step.taskName ?? ''}`,
        sql`device_id = ${step.place.deviceId}`,
        sql`worker_group_id = ${step.place.groupId}`,
        sql`environment = ${JSON.stringify(step.environment ?? {})}::jsonb`,
        sql`max_parallel = ${step.maxParallel ?? null}`,
        sql`timeout_seconds = ${step.timeoutSeconds ?? null}`,
        sql`wait_for_all = ${step.waitForAll ?? false}`,
      ];
      const kept = process.before.find(({ id }) => id === step.id);
      if (kept) await processQueues.setRules(tx, kept.queueId, rules);
      else {
        const queueId = await queueFor(tx, caller, process, step, rules);
        const id = randomUUIDv7();
        await tx.all(sql`insert into process_step (id, process_id, position, name, queue_id, task_package_id)
          values (${id}, ${process.id}, ${position}, ${step.name}, ${queueId}, ${step.packageId}::uuid)`);
        await tx.all(sql`update process_step set ${sql.join(values)} where id = ${id}`);
        continue;
      }
      await tx.all(sql`update process_step set ${sql.join(values)} where id = ${kept.id}`);
    }
  }

  async function queueFor(
    tx: Transaction,
    caller: WorkspaceCaller,
    process: { readonly id: string; readonly name: string },
    step: StepSettings,
    rules: { readonly retries: number; readonly onLost: Step['onLost'] },
  ): Promise<number> {
    if (step.queueId !== undefined) {
      await processQueues.adopt(tx, step.queueId, process.id, rules);
      return step.queueId;
    }
    const name = `${process.name} · ${step.name}`;
    return processQueues.make(tx, caller, { processId: process.id, role: 'STEP', name, ...rules });
  }
}

export type Processes = ReturnType<typeof createProcesses>;

const jsonOrNull = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

function nameTaken(cause: unknown): never {
  if (violatedConstraint(cause) !== 'process_name') throw cause;
  throw error('duplicate', 'The workspace has a process with this name already.');
}
