import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

/** An API Task that stands ready for real-time calls (contract b §2.2). */
export interface Allocation {
  readonly fileId: number;
  readonly filePath: string;
  readonly fileName: string;
  readonly runAsUserId: number | null;
  readonly runAsUserName: string | null;
  readonly concurrencyLimit: number;
}

export interface AllocationSettings {
  readonly fileId: number;
  readonly runAsUserId: number | null;
  readonly concurrencyLimit: number;
}

/** Each run that is under way at once has a thread of its own. */
export const MOST_AT_ONCE = 256;

const COLUMNS = sql`a.file_id as "fileId", e.path as "filePath", e.name as "fileName", a.run_as_user_id as "runAsUserId",
  u.username as "runAsUserName", a.concurrency_limit as "concurrencyLimit"`;
const SOURCE = sql`api_task_allocation a join repository_entry e on e.id = a.file_id left join app_user u on u.id = a.run_as_user_id`;
const FIELDS: Fields = {
  fileId: { type: 'number', sql: sql`a.file_id` },
  filePath: { type: 'text', sql: sql`e.path` },
  fileName: { type: 'text', sql: sql`e.name` },
};

export function createAllocations(database: Database) {
  return {
    all: (): Promise<Allocation[]> => database.all(sql<Allocation>`select ${COLUMNS} from ${SOURCE}`),

    list: (selection: Selection): Promise<Page<Allocation>> =>
      selectPage<Allocation>(
        database,
        { columns: COLUMNS, source: SOURCE, visible: sql`true`, fields: FIELDS, tiebreak: sql`a.file_id` },
        selection,
      ),

    find: (fileId: number): Promise<Allocation | undefined> =>
      database.first(sql<Allocation>`select ${COLUMNS} from ${SOURCE} where a.file_id = ${fileId}`),

    /** Answers null for an id that names nobody who may run anything. */
    async requireUser(id: number): Promise<void> {
      const user = await database.first(
        sql`select 1 from app_user where id = ${id} and deleted_on is null and not disabled`,
      );
      if (!user) {
        throw error('invalid', `There is no user with the id ${id}, or the user is disabled.`, {
          details: 'expected the id of an active user in runAsUserOrNone, or none',
        });
      }
    },

    /** Makes the allocation, or changes the one that is there. */
    async put(caller: Caller, path: string, settings: AllocationSettings): Promise<void> {
      const { fileId, runAsUserId, concurrencyLimit } = settings;
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into api_task_allocation (file_id, run_as_user_id, concurrency_limit, created_by, updated_by)
          values (${fileId}, ${runAsUserId}, ${concurrencyLimit}, ${caller.userId}, ${caller.userId})
          on conflict (file_id) do update set run_as_user_id = excluded.run_as_user_id,
            concurrency_limit = excluded.concurrency_limit, updated_by = excluded.updated_by, updated_on = present()`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'apiTask.allocate',
          subject: { type: 'apiTask', id: fileId, name: path },
          details: { concurrencyLimit, runAsUserId },
        });
        await announce(tx, 'api-tasks-changed', fileId);
      });
    },

    /** @throws notFound */
    async remove(caller: Caller, fileId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const gone = await tx.first(
          sql<{ path: string }>`delete from api_task_allocation a using repository_entry e
            where a.file_id = ${fileId} and e.id = a.file_id returning e.path`,
        );
        if (!gone) throw notAllocated(fileId);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'apiTask.deallocate',
          subject: { type: 'apiTask', id: fileId, name: gone.path },
        });
        await announce(tx, 'api-tasks-changed', fileId);
      });
    },
  };
}

export function notAllocated(fileId: number): Error {
  return error('notFound', `The file with the id ${fileId} is not allocated as an API Task.`, {
    details: 'an administrator allocates it: PUT /orchestrator/v1/hotbot/config/create',
  });
}
