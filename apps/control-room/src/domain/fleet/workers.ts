import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readNumber } from '../../kernel/ids.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { afterNumber, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { type Actor, type AuditEntry, recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { CONNECTED } from './devices.ts';
import { deviceLease } from './runners.ts';

export const WORKER_STATES = ['offline', 'idle', 'busy'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** A device as a workspace sees it (contract robocorp §4.2). */
export interface Worker {
  /**
   * The device's number as a text: a worker is a device, and whoever reads of worker 17 on one wire finds device 17 on the other.
   * It never changes, says nothing secret, and opens nothing: every look-up goes through the workspace.
   */
  readonly id: string;
  /** What people call it, else what it calls itself. */
  readonly name: string;
  readonly state: WorkerState;
}

/** With what people want to know besides. */
export interface WorkerDetail extends Worker {
  readonly hostName: string;
  readonly os: string;
  readonly agentVersion: string;
  /** Of robots at the same time. */
  readonly capacity: number;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** Of one that was made on demand. */
  readonly runtimeId: string | null;
}

/** Of which workspace a device is, and in which of its groups. */
export interface WorkerPlace {
  readonly workspaceId: number;
  readonly groups: readonly { readonly id: number; readonly uuid: string }[];
}

const NAME = sql`coalesce(nullif(d.nickname, ''), d.host_name)`;

/** The names of what is bound to a worker, for whoever wants to delete it. */
export type NameWorkerUsers = (deviceId: number) => Promise<readonly string[]>;

/** Workers of workspaces. */
export function createWorkers(database: Database, wakeUps: WakeUps) {
  const work: RawBuilder<SqlBool>[] = [];
  const users: NameWorkerUsers[] = [];

  /**
   * A session of the device `d` holds a lease that somebody's work hangs on. Asked of all leases at once: 1,000 workers are listed in 20 ms
   * where 2,000 leases are held, and in 680 ms when each worker looks for its own.
   */
  const holdsWork = (): RawBuilder<SqlBool> =>
    work.length === 0
      ? sql<SqlBool>`false`
      : sql<SqlBool>`(d.id in (select split_part(l.holder, ':', 2)::bigint from lease l
          where starts_with(l.holder, 'device:') and (${sql.join(work, sql` or `)})))`;

  const columns = (): RawBuilder<unknown> => sql`d.id::text as id, ${NAME} as name,
    case when not ${CONNECTED} then 'offline' when ${holdsWork()} then 'busy' else 'idle' end as state`;

  const places: Remembered<WorkerPlace | undefined> = remember(wakeUps, 'fleet-changed', (deviceId) =>
    database.first(
      sql<WorkerPlace>`select d.workspace_id as "workspaceId", (select coalesce(json_agg(json_build_object('id', g.id, 'uuid', g.uuid) order by g.id), '[]')
          from worker_group_member m join worker_group g on g.id = m.group_id where m.device_id = d.id) as groups
        from device d where d.id = ${Number(deviceId)}`,
    ),
  );

  /** The device behind a worker's id. @throws notFound for what is none of this workspace */
  async function require(workspaceId: number, id: string): Promise<number> {
    const found = await find(workspaceId, id);
    if (!found) throw absent(id);
    return found.deviceId;
  }

  async function find(workspaceId: number, id: string): Promise<{ deviceId: number; name: string } | undefined> {
    const deviceId = readNumber(id);
    if (deviceId === undefined) return undefined;
    return database.first(
      sql<{ deviceId: number; name: string }>`select d.id as "deviceId", ${NAME} as name from device d
        where d.id = ${deviceId} and d.workspace_id = ${workspaceId}`,
    );
  }

  async function get({ workspace }: WorkspaceCaller, id: string): Promise<Worker> {
    const worker = await database.first(
      sql<Worker>`select ${columns()} from device d where d.id = ${await require(workspace.id, id)}`,
    );
    if (!worker) throw absent(id);
    return worker;
  }

  return {
    find,
    require,
    get,
    holdsWork,

    /**
     * Said once at the start by whoever gives work to devices.
     *
     * @param underLease that something of it hangs on the lease `l`
     */
    countAsWork(underLease: RawBuilder<SqlBool>): void {
      work.push(underLease);
    },

    /** Said once at the start by whoever binds something to one worker: while it does that one is not deleted. */
    nameUsers(names: NameWorkerUsers): void {
      users.push(names);
    },

    async list({ workspace }: WorkspaceCaller, stretch: Stretch): Promise<Stretched<Worker>> {
      const after = afterNumber(stretch);
      const rows = await database.all(
        sql<Worker>`select ${columns()} from device d where d.workspace_id = ${workspace.id}
          and (${after}::bigint is null or d.id > ${after}) order by d.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    details: ({ workspace }: WorkspaceCaller): Promise<WorkerDetail[]> =>
      database.all(
        sql<WorkerDetail>`select ${columns()}, d.host_name as "hostName", d.os, d.bot_agent_version as "agentVersion", d.capacity,
            (select coalesce(json_agg(json_build_object('id', g.uuid, 'name', g.name) order by g.id), '[]')
               from worker_group_member m join worker_group g on g.id = m.group_id where m.device_id = d.id) as groups,
            (select o.runtime_id from on_demand_worker o where o.device_id = d.id) as "runtimeId"
          from device d where d.workspace_id = ${workspace.id} order by d.id`,
      ),

    /** Undefined for a device that there is not. Kept until the fleet changes: asked for at every poll. */
    placeOf: (deviceId: number): Promise<WorkerPlace | undefined> => places.get(String(deviceId)),

    /** The numbers of the groups that the device is in. */
    groupsOf: async (deviceId: number): Promise<number[]> =>
      (await places.get(String(deviceId)))?.groups.map(({ id }) => id) ?? [],

    /** The same thing as giving the device a nickname. @throws notFound */
    async rename(caller: WorkspaceCaller, id: string, name: string): Promise<Worker> {
      const deviceId = await require(caller.workspace.id, id);
      await database.transaction(async (tx) => {
        const changed = await tx.first(
          sql<{
            hostName: string;
          }>`update device set nickname = ${name.trim()}, updated_by = ${caller.userId}, updated_on = present(),
              version = version + 1 where id = ${deviceId} returning host_name as "hostName"`,
        );
        if (!changed) throw absent(id);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'device.rename',
          subject: { type: 'device', id: deviceId, name: changed.hostName },
          details: { nickname: name.trim(), workspace: caller.workspace.uuid },
        });
        await announce(tx, 'fleet-changed', deviceId);
      });
      return get(caller, id);
    },

    /**
     * Its key is worth nothing from now on. A runner without work may be connected: it is refused at its next call.
     * @throws notFound; conflict while it holds work, or something is bound to it
     */
    async remove(caller: WorkspaceCaller, id: string): Promise<void> {
      const deviceId = await require(caller.workspace.id, id);
      await database.transaction(async (tx) => {
        // Whoever gives it work locks this row too, so that nothing is taken between the look and the deletion.
        const device = await tx.first(
          sql<{ hostName: string; busy: boolean }>`select d.host_name as "hostName", ${holdsWork()} as busy
            from device d where d.id = ${deviceId} for update`,
        );
        if (!device) throw absent(id);
        if (device.busy) {
          throw error('conflict', `The worker ${device.hostName} is at work.`, {
            details: 'wait until it has ended what it has, or stop its runner',
          });
        }
        const named = (await Promise.all(users.map((names) => names(deviceId)))).flat();
        if (named.length > 0) {
          throw error('conflict', `The worker ${device.hostName} is used by ${named.slice(0, 3).join(', ')}.`, {
            details: 'give that another place first',
          });
        }
        await deleteDevice(tx, { id: deviceId, hostName: device.hostName }, caller.actor, {
          workspace: caller.workspace.uuid,
        });
      });
    },
  };
}

/** Its key opens nothing from the commit on; what it held runs out with its leases. */
export async function deleteDevice(
  tx: Transaction,
  { id, hostName }: { readonly id: number; readonly hostName: string },
  actor: Actor,
  details: AuditEntry['details'] = {},
): Promise<void> {
  await tx.all(sql`delete from lease where subject = ${deviceLease(id)}`);
  await tx.all(sql`delete from device where id = ${id}`);
  await recordAudit(tx, {
    actor,
    action: 'device.delete',
    subject: { type: 'device', id, name: hostName },
    details,
  });
  await announce(tx, 'device-changed', '*');
  await announce(tx, 'fleet-changed', '*');
}

export type Workers = ReturnType<typeof createWorkers>;

const absent = (id: string) => error('notFound', `The workspace has no worker with the id "${id.slice(0, 100)}".`);
