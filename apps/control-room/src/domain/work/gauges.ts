import { type RawBuilder, sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';

/**
 * What a scaler looks at: how much waits in each queue, and how much runners have. Counted when somebody asks, from the
 * partial indexes over waiting and leased items. Queues go by id: the page is open, their names are not.
 */
export function registerGauges({ database, metrics }: Kernel): void {
  const register = (name: string, help: string, condition: RawBuilder<unknown>): void => {
    metrics.gauge(name, help, ['queue'], async (gauge) => {
      const rows = await database.all(sql<{ queue: number; count: number }>`
        select q.id as queue, coalesce(n.count, 0) as count from queue q
        left join (select queue_id, count(*) as count from work_item where ${condition} group by queue_id) n on n.queue_id = q.id`);
      gauge.reset();
      for (const { queue, count } of rows) gauge.set({ queue: String(queue) }, count);
    });
  };
  register('work_items_waiting', 'Items that wait for a runner, by queue.', sql`status = 'NEW'`);
  register('work_items_leased', 'Items that runners have, by queue.', sql`lease_id is not null`);
}
