import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { leaveBlobs } from '../../kernel/blobs.ts';
import { type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { recordAudit } from '../audit/index.ts';
import type { TaskPackages } from '../task-packages/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { type Assistant, absentAssistant, named, taskAmong } from './assistant.ts';

export interface NewAssistant {
  readonly name: string;
  readonly packageId: string;
  readonly taskName: string;
}

const COLUMNS = sql`a.id, a.name, a.package_id as "packageId", a.task_name as "taskName", a.created_on as "createdOn"`;
const LONGEST_NAME = 255;

export function createStored(database: Database, taskPackages: TaskPackages) {
  return {
    async list(caller: WorkspaceCaller, stretch: Stretch): Promise<Stretched<Assistant>> {
      const rows = await database.all(
        sql<Assistant>`select ${COLUMNS} from assistant a where a.workspace_id = ${caller.workspace.id}
            and a.id > coalesce(${afterUuid(stretch)}::uuid, '00000000-0000-0000-0000-000000000000')
          order by a.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    /** @throws notFound */
    async get(caller: WorkspaceCaller, id: string): Promise<Assistant> {
      const found = await database.first(
        sql<Assistant>`select ${COLUMNS} from assistant a where ${named('a', caller, id)}`,
      );
      if (!found) throw absentAssistant(id);
      return found;
    },

    /** @throws notFound for the package; invalid for a task that is not in it; duplicate for a name that is taken */
    async create(caller: WorkspaceCaller, { name, packageId, taskName }: NewAssistant): Promise<Assistant> {
      const trimmed = name.trim();
      if (trimmed === '' || trimmed.length > LONGEST_NAME) {
        throw error('invalid', 'The name of the assistant cannot be used.', {
          details: `expected 1 to ${LONGEST_NAME} characters`,
        });
      }
      return database
        .transaction(async (tx) => {
          const robot = await taskPackages.hold(tx, caller.workspace.id, packageId);
          if (!robot) throw error('notFound', `The workspace has no task package ${packageId.slice(0, 100)}.`);
          const task = taskAmong(robot.tasks, taskName);
          if (task === undefined) {
            throw error('invalid', `The task package "${robot.name}" has no task "${taskName.slice(0, 100)}".`, {
              details: `expected one of: ${robot.tasks.slice(0, 20).join(', ') || 'none, for nothing was uploaded to it yet'}`,
            });
          }
          const made = await tx.first(
            sql<Assistant>`insert into assistant as a (id, workspace_id, name, package_id, task_name, created_by)
              values (${randomUUIDv7()}, ${caller.workspace.id}, ${trimmed}, ${robot.id}, ${task}, ${caller.userId}) returning ${COLUMNS}`,
          );
          if (!made) throw new Error('The assistant was not inserted.');
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'assistant.create',
            subject: { type: 'assistant', id: made.id, name: made.name },
            details: { workspace: caller.workspace.uuid, packageId: robot.id, task },
          });
          return made;
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'assistant_name') throw cause;
          throw error('duplicate', 'The workspace has an assistant with this name already.');
        });
    },

    /** With its runs. @throws notFound; conflict while one is under way */
    async remove(caller: WorkspaceCaller, id: string): Promise<void> {
      await database.transaction(async (tx) => {
        const held = await tx.first(
          sql<{
            id: string;
            name: string;
          }>`select a.id, a.name from assistant a where ${named('a', caller, id)} for update`,
        );
        if (!held) throw absentAssistant(id);
        const running = await tx.first(
          sql`select id from assistant_run where assistant_id = ${held.id} and state = 'in_progress' limit 1`,
        );
        if (running)
          throw error('conflict', `The assistant "${held.name}" is at work.`, { details: 'wait for its end' });
        const left = await tx.all(
          sql<{ sha256: Buffer }>`select content_sha256 as sha256 from assistant_run where assistant_id = ${held.id}
            union select f.content_sha256 from assistant_artifact f join assistant_run r on r.id = f.run_id where r.assistant_id = ${held.id}`,
        );
        await tx.all(sql`delete from assistant where id = ${held.id}`);
        await leaveBlobs(
          tx,
          left.map(({ sha256 }) => sha256),
        );
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'assistant.delete',
          subject: { type: 'assistant', id: held.id, name: held.name },
          details: { workspace: caller.workspace.uuid },
        });
      });
    },

    /** Which ones use a task package, for the refusal to delete it. */
    async namedBy(tx: Transaction, packageId: string): Promise<string[]> {
      const rows = await tx.all(
        sql<{ name: string }>`select name from assistant where package_id = ${packageId}::uuid order by name limit 10`,
      );
      return rows.map(({ name }) => `the assistant "${name}"`);
    },
  };
}
