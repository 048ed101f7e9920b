import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';

/** What processes want of the workers and groups that their steps name. */
export function createGroupDemand(database: Database) {
  async function namesWhere(condition: RawBuilder<unknown>): Promise<string[]> {
    const rows = await database.all(
      sql<{ name: string }>`select distinct p.name from process_step s join process p on p.id = s.process_id
        where ${condition} order by p.name`,
    );
    return rows.map(({ name }) => `the process "${name}"`);
  }

  return {
    /** How many step runs wait for workers of each group. */
    waitingByGroup: (): Promise<{ groupId: number; count: number }[]> =>
      database.all(
        sql<{ groupId: number; count: number }>`select s.worker_group_id as "groupId", count(*)::int as count
          from run r join step_run s on s.run_id = r.id
          where r.kind = 'STEP' and r.status = 'QUEUED' and s.worker_group_id is not null group by 1`,
      ),

    /** The processes that give work to a group. */
    namedByGroup: (groupId: number): Promise<string[]> => namesWhere(sql`s.worker_group_id = ${groupId}`),

    /** The processes a step of which runs on this worker only. */
    namedByWorker: (deviceId: number): Promise<string[]> => namesWhere(sql`s.device_id = ${deviceId}`),
  };
}
