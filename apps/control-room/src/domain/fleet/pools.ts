import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Connection, type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { missingDevices } from './devices.ts';

/** How a pool shares its devices out among the automations that want them. */
export const AUTOMATION_SCHEMES = ['ROUND_ROBIN', 'PRIORITY'] as const;
export type AutomationScheme = (typeof AUTOMATION_SCHEMES)[number];
export const TIME_SLICE_UNITS = ['SECONDS', 'MINUTES', 'HOURS'] as const;
export type TimeSliceUnit = (typeof TIME_SLICE_UNITS)[number];

/** Devices that work off queues together (contract a §8.4). */
export interface Pool {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly automationScheme: AutomationScheme;
  readonly timeSlice: number;
  readonly timeSliceUnit: TimeSliceUnit;
  readonly deviceIds: readonly number[];
  readonly ownerIds: readonly number[];
  /** Users or roles: the wire has one id for both. */
  readonly consumerIds: readonly number[];
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface PoolSettings {
  readonly name: string;
  readonly automationScheme: AutomationScheme;
  readonly description?: string | undefined;
  readonly timeSlice?: number | undefined;
  readonly timeSliceUnit?: TimeSliceUnit | undefined;
  readonly deviceIds?: readonly number[] | undefined;
  readonly ownerIds?: readonly number[] | undefined;
  readonly consumerIds?: readonly number[] | undefined;
}

/** What is not there, or undefined, stays. */
export type PoolChanges = { readonly [Name in keyof PoolSettings]?: PoolSettings[Name] | undefined };

const STANDARD_SLICE = 5;

const idsIn = (table: string, column: string): RawBuilder<unknown> =>
  sql`(select coalesce(array_agg(x.${sql.ref(column)} order by x.${sql.ref(column)}), '{}') from ${sql.table(table)} x where x.pool_id = p.id)`;
const COLUMNS = sql`p.id, p.name, p.description, p.status, p.automation_scheme as "automationScheme", p.time_slice as "timeSlice",
  p.time_slice_unit as "timeSliceUnit", ${idsIn('device_pool_device', 'device_id')} as "deviceIds",
  ${idsIn('device_pool_owner', 'user_id')} as "ownerIds", ${idsIn('device_pool_consumer', 'principal_id')} as "consumerIds",
  p.created_by as "createdBy", p.created_on as "createdOn", p.updated_by as "updatedBy", p.updated_on as "updatedOn", p.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`p.id` },
  name: { type: 'text', sql: sql`p.name` },
  description: { type: 'text', sql: sql`p.description` },
  status: { type: 'text', sql: sql`p.status`, normalise: (word) => word.toUpperCase() },
  automationScheme: { type: 'text', sql: sql`p.automation_scheme`, normalise: (word) => word.toUpperCase() },
  deviceCount: { type: 'number', sql: sql`(select count(*) from device_pool_device x where x.pool_id = p.id)` },
  createdBy: { type: 'number', sql: sql`p.created_by` },
  createdOn: { type: 'instant', sql: sql`p.created_on` },
  updatedOn: { type: 'instant', sql: sql`p.updated_on` },
};

/** Owners, consumers (by their own id or by a role's) and the pool administrator. */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('pool.administerallpools')) return sql<SqlBool>`true`;
  const principals = [caller.userId, ...caller.roleIds];
  return sql<SqlBool>`(exists (select from device_pool_owner o where o.pool_id = p.id and o.user_id = ${caller.userId})
    or exists (select from device_pool_consumer c where c.pool_id = p.id and c.principal_id = any(${principals})))`;
}

export function createPools(database: Database) {
  async function read(connection: Connection, caller: Caller, id: number): Promise<Pool> {
    const pool = await connection.first(
      sql<Pool>`select ${COLUMNS} from device_pool p where p.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!pool) throw error('notFound', `There is no device pool with the id ${id}.`);
    return pool;
  }

  async function owned(connection: Connection, caller: Caller, id: number): Promise<Pool> {
    const pool = await read(connection, caller, id);
    if (!caller.may('pool.administerallpools') && !pool.ownerIds.includes(caller.userId))
      throw error('forbidden', `${caller.username} does not own the device pool "${pool.name}".`);
    return pool;
  }

  return {
    get: (caller: Caller, id: number): Promise<Pool> => read(database, caller, id),

    list(caller: Caller, selection: Selection): Promise<Page<Pool>> {
      return selectPage<Pool>(
        database,
        {
          columns: COLUMNS,
          source: sql`device_pool p`,
          visible: visibleTo(caller),
          fields: FIELDS,
          tiebreak: sql`p.id`,
        },
        selection,
      );
    },

    /**
     * Its creator owns it where no owners are named.
     * @throws forbidden; duplicate when the name is taken; invalid for unknown ids; conflict when a device is in another pool
     */
    async create(caller: Caller, settings: PoolSettings): Promise<Pool> {
      if (!mayCreate(caller)) {
        throw error('forbidden', `${caller.username} may not create device pools.`, {
          details: 'needed: pool.create with devices.all, or pool.administerallpools',
        });
      }
      return database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{
              id: number;
            }>`insert into device_pool (name, description, automation_scheme, time_slice, time_slice_unit, created_by, updated_by)
              values (${settings.name}, ${settings.description ?? ''}, ${settings.automationScheme}, ${settings.timeSlice ?? STANDARD_SLICE},
                ${settings.timeSliceUnit ?? 'MINUTES'}, ${caller.userId}, ${caller.userId}) returning id`,
          );
          if (!row) throw new Error('The pool was not inserted.');
          const named = settings.ownerIds ?? [];
          const owners = named.length > 0 || caller.userId === 0 ? named : [caller.userId];
          await putDevices(tx, caller, row.id, settings.deviceIds ?? []);
          await putOwners(tx, row.id, owners);
          await putConsumers(tx, row.id, settings.consumerIds ?? []);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'pool.create',
            subject: { type: 'pool', id: row.id, name: settings.name },
            details: { devices: settings.deviceIds ?? [], owners, consumers: settings.consumerIds ?? [] },
          });
          await announce(tx, 'fleet-changed', '*');
          const pool = await tx.first(sql<Pool>`select ${COLUMNS} from device_pool p where p.id = ${row.id}`);
          if (!pool) throw new Error('The pool is gone.');
          return pool;
        })
        .catch(refuseDuplicate(settings.name));
    },

    /** @throws notFound; forbidden; staleVersion; and as `create` does */
    async update(caller: Caller, id: number, changes: PoolChanges, version?: number): Promise<Pool> {
      return database
        .transaction(async (tx) => {
          await tx.all(sql`select 1 from device_pool where id = ${id} for update`);
          const before = await owned(tx, caller, id);
          if (version !== undefined && version !== before.version) {
            throw error(
              'staleVersion',
              `The pool has changed: its version is ${before.version}, the request names ${version}.`,
            );
          }
          const { name, description, automationScheme, timeSlice, timeSliceUnit } = changes;
          await tx.all(sql`update device_pool set name = ${name ?? before.name}, description = ${description ?? before.description},
              automation_scheme = ${automationScheme ?? before.automationScheme}, time_slice = ${timeSlice ?? before.timeSlice},
              time_slice_unit = ${timeSliceUnit ?? before.timeSliceUnit},
              updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`);
          if (changes.deviceIds) await putDevices(tx, caller, id, changes.deviceIds, before.deviceIds);
          if (changes.ownerIds) await putOwners(tx, id, changes.ownerIds, before.ownerIds);
          if (changes.consumerIds) await putConsumers(tx, id, changes.consumerIds, before.consumerIds);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'pool.update',
            subject: { type: 'pool', id, name: name ?? before.name },
            details: { ...changes },
          });
          await announce(tx, 'fleet-changed', '*');
          const pool = await tx.first(sql<Pool>`select ${COLUMNS} from device_pool p where p.id = ${id}`);
          if (!pool) throw new Error('The pool is gone.');
          return pool;
        })
        .catch(refuseDuplicate(changes.name ?? ''));
    },

    /** Its devices are free for another pool. @throws notFound; forbidden; conflict while an automation works with it */
    async remove(caller: Caller, id: number): Promise<void> {
      const pool = await owned(database, caller, id);
      await database
        .transaction(async (tx) => {
          await tx.all(sql`delete from device_pool where id = ${id}`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'pool.delete',
            subject: { type: 'pool', id, name: pool.name },
          });
          await announce(tx, 'fleet-changed', '*');
        })
        .catch((cause) => {
          // Whatever is built on pools refers to them; the database knows it without this part knowing what it is.
          if (violatedConstraint(cause) === undefined) throw cause;
          throw error('conflict', `The device pool "${pool.name}" is used by a queue automation.`, {
            details: 'delete the automation first',
          });
        });
    },
  };

  async function putDevices(
    tx: Transaction,
    caller: Caller,
    poolId: number,
    ids: readonly number[],
    before: readonly number[] = [],
  ): Promise<void> {
    // An owner keeps what is in his pool, whether he sees it or not; what he adds he must see.
    const added = [...new Set(ids)].filter((id) => !before.includes(id));
    const missing = await missingDevices(database, caller, added);
    if (missing.length > 0) {
      throw error('invalid', `There is no device with the id ${missing.join(', ')}.`, {
        details: 'expected ids of devices in deviceIds',
      });
    }
    await tx.all(sql`delete from device_pool_device where pool_id = ${poolId} and device_id <> all(${[...ids]})`);
    const inserted = await tx.all(
      sql<{ device_id: number }>`insert into device_pool_device (device_id, pool_id)
        select id, ${poolId} from unnest(${added}::bigint[]) as id order by id on conflict do nothing returning device_id`,
    );
    const taken = added.filter((id) => !inserted.some(({ device_id }) => device_id === id));
    if (taken.length > 0) {
      throw error('conflict', `A device is in at most one pool; ${taken.join(', ')} is in another.`, {
        details: 'take it out of the other pool first',
      });
    }
  }
}

/** The vendor's rule (contract a §8.4): the administrator of pools, or who may create them and manages all devices. */
function mayCreate(caller: Caller): boolean {
  return caller.may('pool.administerallpools') || (caller.may('pool.create') && caller.may('devices.all'));
}

async function putOwners(
  tx: Transaction,
  poolId: number,
  ids: readonly number[],
  before: readonly number[] = [],
): Promise<void> {
  const added = [...new Set(ids)].filter((id) => !before.includes(id));
  const found = await tx.all(
    sql<{ id: number }>`select id from app_user where id = any(${added}) and deleted_on is null`,
  );
  requireAll(added, found, 'user', 'ownerIds');
  await tx.all(sql`delete from device_pool_owner where pool_id = ${poolId} and user_id <> all(${[...ids]})`);
  await tx.all(
    sql`insert into device_pool_owner (pool_id, user_id) select ${poolId}, id from unnest(${added}::bigint[]) as id`,
  );
}

async function putConsumers(
  tx: Transaction,
  poolId: number,
  ids: readonly number[],
  before: readonly number[] = [],
): Promise<void> {
  const added = [...new Set(ids)].filter((id) => !before.includes(id));
  const found = await tx.all(
    sql<{ id: number }>`select id from app_user where id = any(${added}) and deleted_on is null
      union select id from role where id = any(${added})`,
  );
  requireAll(added, found, 'user or role', 'consumerIds');
  await tx.all(sql`delete from device_pool_consumer where pool_id = ${poolId} and principal_id <> all(${[...ids]})`);
  await tx.all(
    sql`insert into device_pool_consumer (pool_id, principal_id) select ${poolId}, id from unnest(${added}::bigint[]) as id`,
  );
}

function requireAll(ids: readonly number[], found: readonly { readonly id: number }[], what: string, where: string) {
  const missing = ids.filter((id) => !found.some((one) => one.id === id));
  if (missing.length > 0) {
    throw error('invalid', `There is no ${what} with the id ${missing.join(', ')}.`, {
      details: `expected ids of ${what}s in ${where}`,
    });
  }
}

function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'device_pool_name')
      throw error('duplicate', `There is a device pool with the name "${name}" already.`);
    throw cause;
  };
}
