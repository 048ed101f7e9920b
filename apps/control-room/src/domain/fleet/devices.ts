import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { DEFAULT_WORKSPACE } from '../workspaces/index.ts';
import { deviceLease, holderPrefix } from './runners.ts';

/** Whether it is given work. DRAINING: somebody wants it empty; QUARANTINED: it spoiled what it was given. */
export const DEVICE_STATES = ['ACTIVE', 'DRAINING', 'QUARANTINED'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** A machine with a runner on it, as people see it (contract a §8.1). */
export interface Device {
  readonly id: number;
  readonly type: string;
  readonly hostName: string;
  readonly fullyQualifiedHostName: string;
  readonly nickname: string;
  readonly lifespan: string;
  readonly botAgentVersion: string;
  /** Its runner has been heard of within the length of its lease. */
  readonly connected: boolean;
  readonly state: DeviceState;
  readonly os: string;
  /** Bots that it runs at the same time. */
  readonly capacity: number;
  /** What its runner said of itself. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Empty when it is in no pool. */
  readonly poolName: string;
  /** Those whose default device it is. */
  readonly defaultUsers: readonly { readonly id: number; readonly username: string }[];
  readonly updatedByName: string;
  readonly updatedOn: Temporal.Instant;
}

/** The runner of device `d` has been heard of within the length of its lease. */
export const CONNECTED: RawBuilder<SqlBool> = sql<SqlBool>`exists (select from lease l where l.subject = 'device:' || d.id and l.expires_on > present())`;
const POOL_NAME = sql`coalesce((select p.name from device_pool_device m join device_pool p on p.id = m.pool_id where m.device_id = d.id), '')`;
const STATE = sql`case when d.draining_since is not null then 'DRAINING' when d.quarantined_until > present() then 'QUARANTINED' else 'ACTIVE' end`;
const UPDATED_BY = sql`coalesce((select u.username from app_user u where u.id = d.updated_by), 'system')`;

const COLUMNS = sql`d.id, d.type, d.host_name as "hostName", d.fully_qualified_host_name as "fullyQualifiedHostName", d.nickname, d.lifespan,
  d.bot_agent_version as "botAgentVersion", ${CONNECTED} as connected, ${STATE} as state, d.os, d.capacity, d.capabilities, ${POOL_NAME} as "poolName",
  (select coalesce(json_agg(json_build_object('id', u.id, 'username', u.username) order by u.id), '[]')
     from device_default_user f join app_user u on u.id = f.user_id where f.device_id = d.id and u.deleted_on is null) as "defaultUsers",
  ${UPDATED_BY} as "updatedByName", d.updated_on as "updatedOn"`;

/** Nobody sits at a device that only works off queues: there is no user to show or to look for. */
const NOBODY = { type: 'text', sql: sql`''` } as const;

/** Contract a §1.5. OFFLINE is how one client spells DISCONNECTED. */
const FIELDS: Fields = {
  id: { type: 'number', sql: sql`d.id` },
  type: { type: 'text', sql: sql`d.type`, normalise: (word) => word.toUpperCase() },
  hostName: { type: 'text', sql: sql`d.host_name` },
  fullyQualifiedHostName: { type: 'text', sql: sql`d.fully_qualified_host_name` },
  nickname: { type: 'text', sql: sql`d.nickname` },
  lifespan: { type: 'text', sql: sql`d.lifespan` },
  botAgentVersion: { type: 'text', sql: sql`d.bot_agent_version` },
  status: {
    type: 'text',
    sql: sql`case when ${CONNECTED} then 'CONNECTED' else 'DISCONNECTED' end`,
    normalise: (word) => (word.toUpperCase() === 'OFFLINE' ? 'DISCONNECTED' : word.toUpperCase()),
  },
  state: { type: 'text', sql: STATE, normalise: (word) => word.toUpperCase() },
  poolName: { type: 'text', sql: POOL_NAME },
  userId: NOBODY,
  userName: NOBODY,
  updatedBy: { type: 'text', sql: UPDATED_BY },
  updatedOn: { type: 'instant', sql: sql`d.updated_on` },
};

/**
 * With the right to all devices all; else those he registered or works on by default (contract a §8.1). Of the workspace in which
 * Automation Anywhere's wire works: devices of others are their workers, and nobody's devices.
 */
export function devicesVisibleTo(caller: Caller): RawBuilder<SqlBool> {
  const here = sql<SqlBool>`d.workspace_id = ${DEFAULT_WORKSPACE}`;
  if (caller.may('devices.all')) return here;
  return sql<SqlBool>`(${here} and (d.created_by = ${caller.userId}
    or exists (select from device_default_user f where f.device_id = d.id and f.user_id = ${caller.userId})))`;
}

/** Those of the ids that are not there, or not for the caller. */
export async function missingDevices(database: Database, caller: Caller, ids: readonly number[]): Promise<number[]> {
  const found = await database.all(
    sql<{ id: number }>`select d.id from device d where d.id = any(${[...ids]}) and ${devicesVisibleTo(caller)}`,
  );
  return ids.filter((id) => !found.some((device) => device.id === id));
}

export function createDevices(database: Database) {
  return {
    list(caller: Caller, selection: Selection): Promise<Page<Device>> {
      return selectPage<Device>(
        database,
        {
          columns: COLUMNS,
          source: sql`device d`,
          visible: devicesVisibleTo(caller),
          fields: FIELDS,
          tiebreak: sql`d.id`,
        },
        selection,
      );
    },

    /** @throws notFound */
    async get(caller: Caller, id: number): Promise<Device> {
      const device = await database.first(
        sql<Device>`select ${COLUMNS} from device d where d.id = ${id} and ${devicesVisibleTo(caller)}`,
      );
      if (!device) throw error('notFound', `There is no device with the id ${id}.`);
      return device;
    },

    /** What people call it; empty takes the name away. @throws notFound */
    async rename(caller: Caller, id: number, nickname: string): Promise<Device> {
      const before = await this.get(caller, id);
      await database.transaction(async (tx) => {
        await tx.all(sql`update device set nickname = ${nickname.trim()}, updated_by = ${caller.userId}, updated_on = present(),
          version = version + 1 where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'device.rename',
          subject: { type: 'device', id, name: before.hostName },
          details: { nickname: nickname.trim(), before: before.nickname },
        });
        await announce(tx, 'fleet-changed', id);
      });
      return this.get(caller, id);
    },

    /**
     * Its key is worth nothing from now on. Only while it is not connected, or its runner would work on for nobody.
     * @throws notFound; conflict while it is connected
     */
    async remove(caller: Caller, id: number): Promise<void> {
      const device = await this.get(caller, id);
      if (device.connected) {
        throw error('conflict', `The device ${device.hostName} is connected.`, {
          details: 'stop its runner first, or drain it and wait',
        });
      }
      await database.transaction(async (tx) => {
        await tx.all(sql`delete from lease where subject = ${deviceLease(id)}`);
        await tx.all(sql`delete from device where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'device.delete',
          subject: { type: 'device', id, name: device.hostName },
        });
        await announce(tx, 'device-changed', '*');
        await announce(tx, 'fleet-changed', '*');
      });
    },

    /**
     * Ends the sessions of the devices; their runners open new ones. Answers the holders of the leases that are over, so
     * that whoever knows the work behind them gives it back. @throws notFound when one of the devices is
     */
    async endSessions(caller: Caller, ids: readonly number[]): Promise<string[]> {
      const missing = await missingDevices(database, caller, ids);
      if (missing.length > 0) throw error('notFound', `There is no device with the id ${missing.join(', ')}.`);
      return database.transaction(async (tx) => {
        const holders = await tx.all(
          sql<{ holder: string }>`select distinct l.holder from lease l
            join unnest(${ids.map(holderPrefix)}::text[]) as prefix on starts_with(l.holder, prefix)`,
        );
        await tx.all(sql`delete from lease where subject = any(${ids.map(deviceLease)})`);
        for (const id of ids) {
          await recordAudit(tx, { actor: actorOf(caller), action: 'device.reset', subject: { type: 'device', id } });
          await announce(tx, 'fleet-changed', id);
        }
        return holders.map(({ holder }) => holder);
      });
    },
  };
}
