import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { Explanation } from '../work/index.ts';

/** A device as far as it matters to what waits for one. */
export interface DeviceFacts {
  readonly id: number;
  readonly name: string;
  readonly connected: boolean;
  readonly capacity: number;
  readonly draining: boolean;
  readonly quarantinedUntil: Temporal.Instant | null;
  readonly runs: readonly string[];
}

export function devicesAmong(database: Database, where: RawBuilder<unknown>): Promise<DeviceFacts[]> {
  return database.all(sql<DeviceFacts>`select d.id, d.host_name as name, d.capacity, d.draining_since is not null as draining,
      case when d.quarantined_until > present() then d.quarantined_until end as "quarantinedUntil",
      exists (select from lease l where l.subject = 'device:' || d.id) as connected,
      coalesce((select array_agg(r.id::text order by r.id) from run r where r.device_id = d.id and r.lease_id is not null), '{}') as runs
    from device d where ${where} order by d.id`);
}

/** Where something may run, in words: `pool 3`. */
export interface PlaceWords {
  /** The reason when there is no device at all. */
  readonly none: string;
  /** The reason when all of them are busy. */
  readonly busy: string;
  readonly where: string;
}

/** Why what waits for any of these devices is not given to one. IN_LINE when nothing stands against it. */
export function explainPlace(devices: readonly DeviceFacts[], ahead: number, words: PlaceWords): Explanation {
  const { none, busy, where } = words;
  if (devices.length === 0) return { reason: none, text: `There is no device in ${where}.`, next: null };
  const connected = devices.filter((device) => device.connected);
  if (connected.length === 0) {
    return {
      reason: 'NO_RUNNER',
      text: `None of the ${devices.length} devices of ${where} is connected.`,
      next: null,
    };
  }
  const open = connected.filter((device) => obstacleOf(device) === undefined);
  const [first] = connected;
  if (open.length === 0 && first) return obstacleOf(first) ?? inLine(0);
  if (open.every((device) => device.runs.length >= device.capacity)) {
    return {
      reason: busy,
      text: `All ${open.length} devices of ${where} are busy; ${ahead} runs stand before it.`,
      next: null,
    };
  }
  return inLine(ahead);
}

/** Why a device is given nothing; undefined when nothing keeps it. */
export function obstacleOf(device: {
  readonly name: string;
  readonly connected: boolean;
  readonly draining: boolean;
  readonly quarantinedUntil: Temporal.Instant | null;
}): Explanation | undefined {
  if (!device.connected)
    return { reason: 'DEVICE_DISCONNECTED', text: `Device ${device.name} is not connected.`, next: null };
  if (device.draining)
    return {
      reason: 'DEVICE_DRAINING',
      text: `Device ${device.name} is being emptied and is given nothing more.`,
      next: null,
    };
  if (device.quarantinedUntil !== null) {
    return {
      reason: 'DEVICE_QUARANTINED',
      text: `Device ${device.name} is set apart, because too much went wrong on it.`,
      next: device.quarantinedUntil,
    };
  }
  return undefined;
}

export function inLine(ahead: number): Explanation {
  return {
    reason: 'IN_LINE',
    text: ahead === 0 ? 'It is the next to be taken.' : `${ahead} runs stand before it.`,
    next: null,
  };
}
