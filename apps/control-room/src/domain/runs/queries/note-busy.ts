import { sql } from 'kysely';
import type { Connection } from '../../../kernel/database/index.ts';
import { HELD_RUNS, runSourcesOf, sqlList } from '../life-cycle.ts';

/**
 * Runs that must run on this device and stand behind what it is doing are PENDING_EXECUTION from now on. Rows that somebody
 * else is changing are left to him: two deployments at once must not wait for each other's.
 */
export async function noteBusy(tx: Connection, deviceId: number): Promise<void> {
  await tx.all(sql`update run set status = 'PENDING_EXECUTION', modified_on = present() where id in (
    select r.id from run r
    where r.device_id = ${deviceId} and r.pool_ids is null and r.status in (${sql.raw(runSourcesOf('wait'))})
      and r.kind in ('UNATTENDED', 'ATTENDED')
      and (select count(*) from run h where h.device_id = ${deviceId} and h.lease_id is not null and h.status in (${sql.raw(sqlList(HELD_RUNS))}))
        >= (select d.capacity from device d where d.id = ${deviceId})
    for update of r skip locked)`);
}
