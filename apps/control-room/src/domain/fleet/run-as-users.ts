import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { missingDevices } from './devices.ts';

/** A user whose licence lets bots run unattended in his name (contract a §8.2). */
export interface RunAsUser {
  readonly id: number;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly defaultDevice: { readonly id: number; readonly hostName: string } | null;
}

/** Where a user's bots run when nothing else is said (contract a §8.3). */
export interface DefaultDevice {
  readonly userId: number;
  readonly deviceId: number;
}

const COLUMNS = sql`u.id, u.username, u.first_name as "firstName", u.last_name as "lastName",
  (select json_build_object('id', d.id, 'hostName', d.host_name) from device_default_user f join device d on d.id = f.device_id
    where f.user_id = u.id) as "defaultDevice"`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`u.id` },
  username: { type: 'text', sql: sql`u.username`, normalise: (name) => name.toLowerCase() },
  name: { type: 'text', sql: sql`u.username`, normalise: (name) => name.toLowerCase() },
  firstName: { type: 'text', sql: sql`u.first_name` },
  lastName: { type: 'text', sql: sql`u.last_name` },
};

/**
 * Whom a caller may run as: the vendor says that his role must be associated with them, not how. Here: himself, and whoever
 * shares a role with him that people made (the system roles are too wide for that). Whoever manages users or devices sees
 * all of them. [inferred]
 */
function mayRunAs(caller: Caller): RawBuilder<SqlBool> {
  const licensed = sql`u.deleted_on is null and not u.disabled and 'RUNTIME' = any(u.license_features)`;
  if (managesAll(caller) || caller.may('devices.all')) return sql<SqlBool>`(${licensed})`;
  return sql<SqlBool>`(${licensed} and (u.id = ${caller.userId} or exists (
    select from user_role ur join role r on r.id = ur.role_id
    where ur.user_id = u.id and not r.is_system and r.id = any(${[...caller.roleIds]}))))`;
}

/** Users may set their own; others' belong to whoever manages users or devices (contract a §8.3, §13.3). */
function managesAll(caller: Caller): boolean {
  return caller.may('usermanagement.usermanagement') || caller.may('devices.edit');
}

export function createRunAsUsers(database: Database) {
  function requireMayChange(caller: Caller, userId: number): void {
    if (userId !== caller.userId && !managesAll(caller)) {
      throw error('forbidden', `${caller.username} may only see and set his own default device.`, {
        details: 'needed: devices.edit or usermanagement.usermanagement',
      });
    }
  }

  return {
    list(caller: Caller, selection: Selection): Promise<Page<RunAsUser>> {
      return selectPage<RunAsUser>(
        database,
        { columns: COLUMNS, source: sql`app_user u`, visible: mayRunAs(caller), fields: FIELDS, tiebreak: sql`u.id` },
        selection,
      );
    },

    /** @throws notFound when none is set */
    async defaultDevice(caller: Caller, userId: number): Promise<DefaultDevice> {
      requireMayChange(caller, userId);
      const row = await database.first(
        sql<DefaultDevice>`select user_id as "userId", device_id as "deviceId" from device_default_user where user_id = ${userId}`,
      );
      if (!row) throw error('notFound', `The user ${userId} has no default device.`);
      return row;
    },

    /** Takes the place of the one before. @throws invalid for an unknown user or device; forbidden */
    async setDefaultDevice(caller: Caller, { userId, deviceId }: DefaultDevice): Promise<DefaultDevice> {
      requireMayChange(caller, userId);
      // Somebody's default device is one he sees: setting it must not be a way to see it.
      const [missing] = await missingDevices(database, caller, [deviceId]);
      if (missing !== undefined) throw error('invalid', `There is no device with the id ${missing}.`);
      const user = await database.first(
        sql<{ username: string }>`select username from app_user where id = ${userId} and deleted_on is null`,
      );
      if (!user) throw error('invalid', `There is no user with the id ${userId}.`);
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into device_default_user (user_id, device_id) values (${userId}, ${deviceId})
          on conflict (user_id) do update set device_id = excluded.device_id`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'device.setDefault',
          subject: { type: 'device', id: deviceId },
          details: { user: user.username },
        });
        await announce(tx, 'fleet-changed', deviceId);
      });
      return { userId, deviceId };
    },

    /** @throws notFound when none is set; forbidden */
    async removeDefaultDevice(caller: Caller, userId: number): Promise<void> {
      const { deviceId } = await this.defaultDevice(caller, userId);
      await database.transaction(async (tx) => {
        await tx.all(sql`delete from device_default_user where user_id = ${userId}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'device.removeDefault',
          subject: { type: 'device', id: deviceId },
          details: { userId },
        });
        await announce(tx, 'fleet-changed', deviceId);
      });
    },
  };
}
