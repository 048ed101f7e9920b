import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { type Scheme, sliceSeconds } from './turns.ts';

/** An automation that a device serves. Kept in memory: what changes with every item is not in it. */
export interface Candidate {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  readonly columns: readonly string[];
  readonly leaseSeconds: number;
  readonly fileId: number;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  /** How many items must wait before an automation that ran dry starts again; 1 where the queue does not consider it. */
  readonly threshold: number;
}

/** What a device works for. */
export interface Served {
  /** Undefined when it is in no pool. */
  readonly poolId: number | undefined;
  readonly scheme: Scheme;
  /** Somebody wants it empty: it is given nothing more. */
  readonly draining: boolean;
  /** Until then it is given nothing; seconds since 1970. */
  readonly quarantinedUntil: number | null;
  readonly candidates: readonly Candidate[];
}

/** Asked for at every poll: kept until the fleet, a queue or a user changes. */
export function rememberServed(database: Database, wakeUps: WakeUps): Remembered<Served> {
  return remember(wakeUps, 'fleet-changed', (deviceId) => read(database, Number(deviceId)), {
    clearedBy: ['identity-changed', 'queue-changed'],
  });
}

async function read(database: Database, deviceId: number): Promise<Served> {
  const device = await database.first(
    sql<{
      poolId: number | null;
      scheme: string | null;
      slice: number;
      unit: string;
      draining: boolean;
      quarantinedUntil: number | null;
    }>`select p.id as "poolId", p.automation_scheme as scheme, p.time_slice as slice, p.time_slice_unit as unit,
        d.draining_since is not null as draining, extract(epoch from d.quarantined_until)::float8 as "quarantinedUntil"
      from device d left join device_pool_device m on m.device_id = d.id left join device_pool p on p.id = m.pool_id where d.id = ${deviceId}`,
  );
  return {
    poolId: device?.poolId ?? undefined,
    scheme:
      device?.scheme === 'ROUND_ROBIN'
        ? { kind: 'ROUND_ROBIN', sliceSeconds: sliceSeconds(device.slice, device.unit) }
        : { kind: 'PRIORITY' },
    draining: device?.draining ?? false,
    quarantinedUntil: device?.quarantinedUntil ?? null,
    candidates: await candidatesOf(database, deviceId),
  };
}

/** The active automations of the device's pool. Devices take turns at the run-as users: the n-th of the pool works as the n-th. */
async function candidatesOf(database: Database, deviceId: number): Promise<Candidate[]> {
  const rows = await database.all(
    sql<Omit<Candidate, 'runAsUser'> & { place: number; users: { id: number; username: string }[] }>`
      select a.id as "automationId", a.queue_id as "queueId", q.name as "queueName", q.lease_seconds as "leaseSeconds", a.file_id as "fileId",
        a.bot_input as "botInput",
        (select array_agg(c.name order by c.position) from work_item_attribute c where c.model_id = q.model_id) as columns,
        case when q.consider_reactivation_threshold then greatest(q.reactivation_threshold, 1) else 1 end as threshold,
        (select count(*) from device_pool_device o where o.pool_id = d.pool_id and o.device_id < d.device_id) as place,
        (select coalesce(json_agg(json_build_object('id', u.id, 'username', u.username) order by array_position(a.run_as_user_ids, u.id)), '[]')
           from app_user u where u.id = any(a.run_as_user_ids) and not u.disabled and u.deleted_on is null) as users
      from device_pool_device d join queue_automation a on a.pool_id = d.pool_id and a.status = 'ACTIVE' join queue q on q.id = a.queue_id
      where d.device_id = ${deviceId} order by a.id`,
  );
  return rows.flatMap(({ place, users, ...row }) => {
    const runAsUser = users[place % Math.max(users.length, 1)];
    return runAsUser ? [{ ...row, runAsUser }] : [];
  });
}
