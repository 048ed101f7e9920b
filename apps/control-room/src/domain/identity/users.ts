import { type RawBuilder, sql } from 'kysely';
import {
  type Connection,
  type Database,
  queryBuilder,
  type Transaction,
  violatedConstraint,
} from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { lockIdentity, requireAdminLeft, requireMayTouch } from './admin-guard.ts';
import type { Caller } from './caller.ts';
import { readLicenseFeatures } from './license-features.ts';
import { requireLicensesLeft } from './licenses.ts';
import { readDomain, requireUsername } from './names.ts';
import { type PasswordPolicy, requireGoodPassword } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import { type Grant, readRights } from './rights.ts';
import type { Sessions } from './sessions.ts';
import type { IdentityTables } from './tables.ts';

export interface User {
  readonly id: number;
  readonly username: string;
  /** Empty for local users. */
  readonly domain: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly description: string;
  readonly passwordSet: boolean;
  readonly disabled: boolean;
  readonly enableAutoLogin: boolean;
  readonly multipleLoginAllowed: boolean;
  readonly licenseFeatures: readonly string[];
  readonly roles: readonly { readonly id: number; readonly name: string; readonly version: number }[];
  readonly lastLoginOn: Temporal.Instant | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface UserDetail extends User {
  readonly grants: readonly Grant[];
}

export interface UserSettings {
  readonly username: string;
  readonly domain?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly email?: string | undefined;
  readonly description?: string | undefined;
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly enableAutoLogin?: boolean | undefined;
  readonly multipleLoginAllowed?: boolean | undefined;
  readonly licenseFeatures?: readonly string[] | undefined;
  readonly roleIds: readonly number[];
}

/** What is not there, or undefined, stays. */
export type UserChanges = { readonly [Name in keyof UserSettings]?: UserSettings[Name] | undefined };

export interface Users {
  /** @throws invalid; duplicate when the name is taken; forbidden */
  create(caller: Caller, settings: UserSettings): Promise<UserDetail>;
  /** With what the user may do. @throws notFound */
  detail(id: number): Promise<UserDetail>;
  list(selection: Selection): Promise<Page<User>>;
  /** What is not named stays. @throws notFound; staleVersion; invalid; duplicate; forbidden */
  update(caller: Caller, id: number, changes: UserChanges, version?: number): Promise<UserDetail>;
  /** Answers the user as he was, without roles. His name is free again. @throws notFound; invalid; forbidden */
  remove(caller: Caller, id: number): Promise<User>;
  /** Names for people, also of deleted users; 0 is the system. */
  usernames(ids: Iterable<number>): Promise<Map<number, string>>;
}

const build = queryBuilder<IdentityTables>();

const COLUMNS = sql`u.id, u.username, u.domain, u.first_name as "firstName", u.last_name as "lastName", u.email, u.description,
  u.password_hash is not null as "passwordSet", u.disabled, u.enable_auto_login as "enableAutoLogin",
  u.multiple_login_allowed as "multipleLoginAllowed", u.license_features as "licenseFeatures",
  (select coalesce(json_agg(json_build_object('id', r.id, 'name', r.name, 'version', r.version) order by r.id), '[]')
     from user_role ur join role r on r.id = ur.role_id where ur.user_id = u.id) as roles,
  u.last_login_on as "lastLoginOn", u.created_by as "createdBy", u.created_on as "createdOn",
  u.updated_by as "updatedBy", u.updated_on as "updatedOn", u.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`u.id` },
  username: { type: 'text', sql: sql`u.username`, normalise: (name) => name.toLowerCase() },
  name: { type: 'text', sql: sql`u.username`, normalise: (name) => name.toLowerCase() },
  domain: { type: 'text', sql: sql`u.domain` },
  firstName: { type: 'text', sql: sql`u.first_name` },
  lastName: { type: 'text', sql: sql`u.last_name` },
  email: { type: 'text', sql: sql`u.email` },
  description: { type: 'text', sql: sql`u.description` },
  disabled: { type: 'boolean', sql: sql`u.disabled` },
  createdBy: { type: 'number', sql: sql`u.created_by` },
  createdOn: { type: 'instant', sql: sql`u.created_on` },
  updatedOn: { type: 'instant', sql: sql`u.updated_on` },
  lastLoginTime: { type: 'instant', sql: sql`u.last_login_on` },
  version: { type: 'number', sql: sql`u.version` },
};

interface Parts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly passwordPolicy: PasswordPolicy;
  /** Called when what users may do has changed, or whether they exist. */
  readonly onChanged: (userIds: readonly number[]) => void;
}

export function createUsers({ database, passwords, sessions, passwordPolicy, onChanged }: Parts): Users {
  async function read(connection: Connection, id: number): Promise<User> {
    const user = await connection.first(
      sql<User>`select ${COLUMNS} from app_user u where u.id = ${id} and u.deleted_on is null`,
    );
    if (!user) throw error('notFound', `There is no user with the id ${id}.`);
    return user;
  }

  async function detail(id: number): Promise<UserDetail> {
    const user = await read(database, id);
    const rights = await readRights(database, id);
    return { ...user, grants: rights?.grants ?? [] };
  }

  async function hashOf(settings: UserChanges, username: string, domain: string): Promise<string | undefined> {
    const { password } = settings;
    if (password === undefined || password === '') return undefined;
    if (domain !== '')
      throw error('invalid', 'A user of a directory has no password here.', {
        details: 'leave out password or domain',
      });
    requireGoodPassword(passwordPolicy, password, username);
    return passwords.hash(password);
  }

  return {
    detail,

    create: async (caller, settings) => {
      const username = requireUsername(settings.username);
      const domain = readDomain(settings.domain ?? '');
      const hash = await hashOf(settings, username, domain);
      if (hash === undefined && domain === '')
        throw error('invalid', 'A local user needs a password.', { details: 'expected password' });
      const id = await database
        .transaction(async (tx) => {
          await lockIdentity(tx);
          const created = await tx.first(
            build
              .insertInto('app_user')
              .values({
                username,
                domain,
                first_name: settings.firstName ?? '',
                last_name: settings.lastName ?? '',
                email: settings.email ?? '',
                description: settings.description ?? '',
                password_hash: hash ?? null,
                disabled: settings.disabled ?? false,
                enable_auto_login: settings.enableAutoLogin ?? false,
                multiple_login_allowed: settings.multipleLoginAllowed ?? false,
                license_features: readLicenseFeatures(settings.licenseFeatures ?? []),
                created_by: caller.userId,
                updated_by: caller.userId,
              })
              .returning('id'),
          );
          if (!created) throw new Error('The user was not inserted.');
          const roles = await setRoles(tx, caller, created.id, [], settings.roleIds);
          await requireLicensesLeft(tx, readLicenseFeatures(settings.licenseFeatures ?? []));
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'user.create',
            subject: { type: 'user', id: created.id, name: username },
            details: { roles },
          });
          return created.id;
        })
        .catch(refuseDuplicate(username));
      return detail(id);
    },

    list: (selection) =>
      selectPage<User>(
        database,
        {
          columns: COLUMNS,
          source: sql`app_user u`,
          visible: sql`u.deleted_on is null`,
          fields: FIELDS,
          tiebreak: sql`u.id`,
        },
        selection,
      ),

    update: async (caller, id, changes, version) => {
      const before = await read(database, id);
      const username = changes.username === undefined ? before.username : requireUsername(changes.username);
      const domain = changes.domain === undefined ? before.domain : readDomain(changes.domain);
      const hash = await hashOf(changes, username, domain);
      const ended = await database
        .transaction(async (tx) => {
          await lockIdentity(tx);
          const user = await read(tx, id);
          const roleIds = user.roles.map((role) => role.id);
          requireMayTouch(caller, { roleIds });
          if (version !== undefined && version !== user.version) {
            throw error(
              'staleVersion',
              `The user has changed: his version is ${user.version}, the request names ${version}.`,
            );
          }
          const values: Record<string, RawBuilder<unknown>> = {
            username: sql`${username}`,
            domain: sql`${domain}`,
            ...columnsOf(changes),
            ...(hash === undefined ? {} : { password_hash: sql`${hash}` }),
            // Who moves into a directory leaves his password behind.
            ...(domain === '' ? {} : { password_hash: sql`null` }),
          };
          const sets = Object.entries(values).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
          await tx.all(
            sql`update app_user set ${sql.join(sets)}, updated_by = ${caller.userId}, updated_on = present(), version = version + 1
              where id = ${id}`,
          );
          const roles = changes.roleIds && (await setRoles(tx, caller, id, roleIds, changes.roleIds));
          await requireAdminLeft(tx);
          // Who had a feature keeps it, also above a limit that was lowered; who is let in again takes one.
          const had = user.disabled ? [] : user.licenseFeatures;
          const wanted = readLicenseFeatures(changes.licenseFeatures ?? user.licenseFeatures);
          await requireLicensesLeft(
            tx,
            wanted.filter((feature) => !had.includes(feature)),
          );
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'user.update',
            subject: { type: 'user', id, name: username },
            details: { changed: namesOf(changes), ...(roles ? { roles } : {}) },
          });
          await announce(tx, 'identity-changed', id);
          // Whoever knew the old password, or logged in before the user was disabled, is out.
          const endsAll = changes.disabled === true || (hash !== undefined && id !== caller.userId);
          const endsOthers = hash !== undefined && id === caller.userId;
          if (!endsAll && !endsOthers) return [];
          return sessions.end(tx, { userId: id, reason: 'REVOKED', ...(endsAll ? {} : { except: caller.sessionId }) });
        })
        .catch(refuseDuplicate(username));
      sessions.forget(ended);
      onChanged([id]);
      return detail(id);
    },

    remove: async (caller, id) => {
      if (caller.userId === id) throw error('invalid', 'Nobody deletes himself.');
      const { user, ended } = await database.transaction(async (tx) => {
        await lockIdentity(tx);
        const before = await read(tx, id);
        requireMayTouch(caller, { roleIds: before.roles.map((role) => role.id) });
        const sessionIds = await sessions.end(tx, { userId: id, reason: 'REVOKED' });
        await tx.all(sql`delete from api_key where user_id = ${id}`);
        await tx.all(sql`delete from known_address where user_id = ${id}`);
        await tx.all(sql`delete from user_role where user_id = ${id}`);
        await tx.all(
          sql`update app_user set deleted_on = present(), password_hash = null, updated_by = ${caller.userId},
            updated_on = present(), version = version + 1 where id = ${id}`,
        );
        await requireAdminLeft(tx);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'user.delete',
          subject: { type: 'user', id, name: before.username },
        });
        await announce(tx, 'identity-changed', id);
        // For what stands above: a deleted user's trigger mappings go away (contract a §3.2).
        await announce(tx, 'user-deleted', id);
        return { user: before, ended: sessionIds };
      });
      sessions.forget(ended);
      onChanged([id]);
      return { ...user, roles: [] };
    },

    usernames: async (ids) => {
      const wanted = [...new Set(ids)];
      const rows = await database.all(
        sql<{ id: number; username: string }>`select id, username from app_user where id = any(${wanted})`,
      );
      return new Map([[0, 'system'], ...rows.map(({ id, username }) => [id, username] as const)]);
    },
  };
}

/** Replaces the user's roles. Answers their names. */
async function setRoles(
  tx: Transaction,
  caller: Caller,
  userId: number,
  before: readonly number[],
  wanted: readonly number[],
): Promise<string[]> {
  const roleIds = [...new Set(wanted)];
  if (roleIds.length === 0)
    throw error('invalid', 'A user needs at least one role.', { details: 'expected roles: [{"id": 2}]' });
  const roles = await tx.all(
    sql<{ id: number; name: string }>`select id, name from role where id = any(${roleIds}) order by id`,
  );
  const unknown = roleIds.find((id) => !roles.some((role) => role.id === id));
  if (unknown !== undefined) throw error('invalid', `There is no role with the id ${unknown}.`);
  const changed = [...roleIds.filter((id) => !before.includes(id)), ...before.filter((id) => !roleIds.includes(id))];
  requireMayTouch(caller, { roleIds: changed });
  await tx.all(sql`delete from user_role where user_id = ${userId}`);
  await tx.all(build.insertInto('user_role').values(roleIds.map((id) => ({ user_id: userId, role_id: id }))));
  return roles.map(({ name }) => name);
}

function columnsOf(changes: UserChanges): Record<string, RawBuilder<unknown>> {
  const { firstName, lastName, email, description, disabled, enableAutoLogin, multipleLoginAllowed, licenseFeatures } =
    changes;
  const given = {
    first_name: firstName,
    last_name: lastName,
    email,
    description,
    disabled,
    enable_auto_login: enableAutoLogin,
    multiple_login_allowed: multipleLoginAllowed,
    license_features: licenseFeatures && readLicenseFeatures(licenseFeatures),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([column, value]) => (value === undefined ? [] : [[column, sql`${value}`]])),
  );
}

/** Which settings a change names; never what they are, since one is the password. */
function namesOf(changes: UserChanges): string[] {
  return Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

function refuseDuplicate(username: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'app_user_username')
      throw error('duplicate', `There is a user with the name "${username}" already.`);
    throw cause;
  };
}
