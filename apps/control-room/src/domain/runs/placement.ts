import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Filter } from '../../kernel/selection.ts';
import { deviceLease, type Fleet } from '../fleet/index.ts';
import type { Caller } from '../identity/index.ts';
import { DEFAULT_WORKSPACE } from '../workspaces/index.ts';
import { HELD_RUNS, sqlList } from './life-cycle.ts';

/** Contract a §9.3. */
export const DEVICE_USAGES = ['PREFER_DEFAULT_DEVICE', 'RUN_ONLY_ON_DEFAULT_DEVICE', 'RUN_ON_POOL_DEVICES'] as const;
export type DeviceUsage = (typeof DEVICE_USAGES)[number];

/** Where the runs of a deployment are to go. */
export type Target =
  | {
      readonly kind: 'UNATTENDED';
      /** Empty: the caller himself. */
      readonly runAsUserIds: readonly number[];
      readonly poolIds: readonly number[];
      readonly deviceUsage: DeviceUsage;
      /** How many of the users to take; undefined takes all. */
      readonly usersToUse: number | undefined;
    }
  | {
      readonly kind: 'ATTENDED';
      /** Empty: the device of the caller. */
      readonly deviceIds: readonly number[];
      /** Whether it may wait behind what the device is doing. */
      readonly mayQueue: boolean;
    };

/** One run to be: in whose name, and on which device or on any device of which pools. */
export interface Placement {
  readonly userId: number;
  readonly deviceId: number | null;
  readonly poolIds: readonly number[] | null;
}

interface DeviceState {
  readonly id: number;
  readonly hostName: string;
  readonly connected: boolean;
  readonly busy: boolean;
}

/** As many runs as one call may make. */
const MOST_RUNS = 1_000;

/** Finds users and devices for a deployment. */
export function createPlacing(database: Database, fleet: Fleet) {
  return {
    /**
     * @throws invalid, in the documented words (`INVALID_ARGUMENT: …`), for users and pools that cannot be used and for a
     *   device that is busy; notFound for a device that is not there for the caller; precondition when there is no device
     */
    async place(caller: Caller, target: Target): Promise<readonly Placement[]> {
      const placements = target.kind === 'ATTENDED' ? await attended(caller, target) : await unattended(caller, target);
      if (placements.length <= MOST_RUNS) return placements;
      throw error('invalid', `The deployment would make ${placements.length} runs.`, {
        details: `expected at most ${MOST_RUNS}`,
      });
    },
  };

  async function unattended(
    caller: Caller,
    { runAsUserIds, poolIds, deviceUsage, usersToUse }: Extract<Target, { kind: 'UNATTENDED' }>,
  ): Promise<Placement[]> {
    const pools = [...new Set(poolIds)];
    if (deviceUsage === 'RUN_ON_POOL_DEVICES' && pools.length === 0) {
      throw error('invalid', 'INVALID_ARGUMENT: the bot is to run on devices of a pool, and no pool is named.', {
        details: 'expected ids of device pools in poolIds',
      });
    }
    const users = await usableUsers(caller, runAsUserIds.length === 0 ? [caller.userId] : [...new Set(runAsUserIds)]);
    await requirePools(caller, pools);
    const connected = await connectedAmong(users.flatMap(({ defaultDevice }) => defaultDevice?.id ?? []));

    const placed = users.map(({ id: userId, defaultDevice }): Placement | undefined => {
      const onDefault = defaultDevice ? { userId, deviceId: defaultDevice.id, poolIds: null } : undefined;
      const onPool = pools.length > 0 ? { userId, deviceId: null, poolIds: pools } : undefined;
      if (deviceUsage === 'RUN_ONLY_ON_DEFAULT_DEVICE') return onDefault;
      if (deviceUsage === 'RUN_ON_POOL_DEVICES') return onPool;
      // Preferred, not insisted on: one that is away gives way to the pool, where there is one. [inferred]
      return defaultDevice && (connected.has(defaultDevice.id) || !onPool) ? onDefault : onPool;
    });
    const found = placed.filter((one) => one !== undefined);
    const wanted = Math.min(usersToUse || users.length, users.length);
    if (found.length >= wanted) return found.slice(0, wanted);
    const without = users.filter((_, i) => !placed[i]).map(({ username }) => username);
    throw error('precondition', `There is no device for ${without.slice(0, 10).join(', ')}.`, {
      details: 'needed: a default device of the run-as user, or a device pool in poolIds',
    });
  }

  /** The users in the order given. What the caller may not run as counts as not there. */
  async function usableUsers(caller: Caller, ids: readonly number[]) {
    const filter: Filter = {
      operator: 'or',
      operands: ids.map((value) => ({ operator: 'eq', field: 'id', value })),
    };
    const { rows } = await fleet.runAsUsers.list(caller, { filter, order: [], offset: 0, length: ids.length });
    const missing = ids.filter((id) => !rows.some((user) => user.id === id));
    if (missing.length > 0) {
      throw error('invalid', 'INVALID_ARGUMENT: Some or all of the run-as users are deleted or disabled.', {
        details: `not usable: ${missing.slice(0, 20).join(', ')}; needed: an active user with the RUNTIME licence whom the caller may run as`,
      });
    }
    return ids.flatMap((id) => rows.find((user) => user.id === id) ?? []);
  }

  async function requirePools(caller: Caller, ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const pool = await fleet.pools.get(caller, id).catch(() => undefined);
      if (!pool) {
        throw error('invalid', `INVALID_ARGUMENT: there is no device pool with the id ${id}.`, {
          details: 'expected ids of device pools whose owner or consumer the caller is, in poolIds',
        });
      }
      if (pool.deviceIds.length === 0) throw error('precondition', `The device pool "${pool.name}" has no device.`);
    }
  }

  async function attended(
    caller: Caller,
    { deviceIds, mayQueue }: Extract<Target, { kind: 'ATTENDED' }>,
  ): Promise<Placement[]> {
    const ids = deviceIds.length > 0 ? [...new Set(deviceIds)] : [await ownDevice(caller)];
    const placements: Placement[] = [];
    for (const id of ids) {
      const device = await visibleDevice(caller, id);
      if (!device.connected) {
        throw error('precondition', `The device "${device.hostName}" is not connected.`, {
          details: 'start its runner, or name another device',
        });
      }
      if (device.busy && !mayQueue) {
        throw error('invalid', `INVALID_ARGUMENT: the device "${device.hostName}" is busy with another bot.`, {
          details: 'set queueDeployment to let the bot wait for it',
        });
      }
      placements.push({ userId: caller.userId, deviceId: id, poolIds: null });
    }
    return placements;
  }

  /** The device on which a caller sits who names none: his default one, else one that he registered. */
  async function ownDevice(caller: Caller): Promise<number> {
    const own = await database.first(
      sql<{
        id: number;
      }>`select d.id from device d left join device_default_user f on f.device_id = d.id and f.user_id = ${caller.userId}
        where d.workspace_id = ${DEFAULT_WORKSPACE} and (f.user_id is not null or d.created_by = ${caller.userId})
        order by (f.user_id is not null) desc,
          exists (select from lease l where l.subject = 'device:' || d.id and l.expires_on > present()) desc, d.id limit 1`,
    );
    if (own) return own.id;
    throw error('precondition', `${caller.username} has no device.`, {
      details: 'needed: a default device, or deploymentDeviceId',
    });
  }

  async function visibleDevice(caller: Caller, id: number): Promise<DeviceState> {
    const filter: Filter = { operator: 'eq', field: 'id', value: id };
    const { rows } = await fleet.devices.list(caller, { filter, order: [], offset: 0, length: 1 });
    const [device] = rows;
    if (!device) throw error('notFound', `There is no device with the id ${id}.`);
    const held = await database.first(
      sql<{
        runs: number;
        capacity: number;
      }>`select d.capacity, (select count(*)::int from run r where r.device_id = d.id
          and r.status in (${sql.raw(sqlList(HELD_RUNS))})) as runs from device d where d.id = ${id}`,
    );
    return {
      id,
      hostName: device.hostName,
      connected: device.connected,
      busy: (held?.runs ?? 0) >= (held?.capacity ?? 1),
    };
  }

  async function connectedAmong(ids: readonly number[]): Promise<ReadonlySet<number>> {
    if (ids.length === 0) return new Set();
    const leases = await database.all(
      sql<{
        subject: string;
      }>`select subject from lease where subject = any(${ids.map(deviceLease)}) and expires_on > present()`,
    );
    return new Set(ids.filter((id) => leases.some(({ subject }) => subject === deviceLease(id))));
  }
}
