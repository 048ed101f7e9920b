import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { deviceLease, type Fleet, type Health } from '../fleet/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Explanation } from '../work/index.ts';
import { sqlList, WAITING_RUNS } from './life-cycle.ts';

/** What a device is doing, for whoever wonders why it does or does not. */
export interface ExplainedDevice {
  readonly id: number;
  readonly name: string;
  readonly connected: boolean;
  /** When its runner was last begun or ended a session; null when that is no longer known. */
  readonly since: Temporal.Instant | null;
  /** When the device counts as disconnected unless it is heard of. */
  readonly leaseUntil: Temporal.Instant | null;
  readonly capacity: number;
  /** Ids of the runs that it has. */
  readonly runs: readonly string[];
  /** How many work items it has. */
  readonly items: number;
  /** How many runs wait for this device and no other. */
  readonly waiting: number;
  readonly poolId: number | null;
  readonly health: Health;
}

/** @throws notFound, also for a device that the caller may not see */
export async function readDevice(
  database: Database,
  fleet: Fleet,
  caller: Caller,
  id: number,
): Promise<ExplainedDevice> {
  const { rows } = await fleet.devices.list(caller, {
    filter: { operator: 'eq', field: 'id', value: id },
    order: [],
    offset: 0,
    length: 1,
  });
  const [device] = rows;
  const health = await fleet.health.read(id);
  if (!device || !health) throw error('notFound', `There is no device with the id ${id}.`);
  const facts = await database.first(
    sql<Omit<ExplainedDevice, 'id' | 'name' | 'connected' | 'health'>>`select d.capacity,
        (select expires_on from lease where subject = ${deviceLease(id)}) as "leaseUntil", d.updated_on as since,
        coalesce((select array_agg(r.id::text order by r.id) from run r where r.device_id = d.id and r.lease_id is not null), '{}') as runs,
        (select count(*)::int from work_item w join lease l on l.id = w.lease_id where w.device_id = d.id) as items,
        (select count(*)::int from run r where r.device_id = d.id and r.pool_ids is null and r.status in (${sql.raw(sqlList(WAITING_RUNS))})) as waiting,
        (select pool_id from device_pool_device where device_id = d.id) as "poolId"
      from device d where d.id = ${id}`,
  );
  if (!facts) throw error('notFound', `There is no device with the id ${id}.`);
  return { id, name: device.hostName, connected: device.connected, health, ...facts };
}

export function explainDevice(device: ExplainedDevice): Explanation {
  const { health, runs, items, waiting } = device;
  if (!device.connected) {
    return {
      reason: 'DEVICE_DISCONNECTED',
      text: `Its runner is not connected; ${waiting} runs wait for it. Last change: ${device.since?.toString() ?? 'not known'}.`,
      next: null,
    };
  }
  if (health.drainingSince !== null) {
    return {
      reason: 'DEVICE_DRAINING',
      text: `It is being emptied since ${health.drainingSince.toString()} (${health.drainingReason || 'no reason was given'}); it still has ${runs.length} runs and ${items} items.`,
      next: null,
    };
  }
  if (health.quarantinedUntil !== null) {
    return {
      reason: 'DEVICE_QUARANTINED',
      text: `Too much went wrong on it; last: ${health.lastFailure}`,
      next: health.quarantinedUntil,
    };
  }
  if (runs.length + items > 0) {
    return {
      reason: runs.length >= device.capacity ? 'BUSY' : 'WORKING',
      text: `It has ${runs.length} of ${device.capacity} runs (${runs.join(', ') || 'none'}) and ${items} items; ${waiting} runs wait for it.`,
      next: device.leaseUntil,
    };
  }
  return { reason: 'IDLE', text: 'It waits for work.', next: null };
}
