import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Connection, type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { requireDescription, requireName } from './names.ts';
import { LOCKER_HERE, type LockerPermission, permissionsByWorkspace, seesAllLockers, seesLocker } from './standing.ts';

/** Where credentials are shared with those who may use them (contract a §4.5). */
export interface Locker {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface LockerSettings {
  readonly name: string;
  readonly description?: string | undefined;
}

/** What is not there, or undefined, stays. */
export type LockerChanges = { readonly [Name in keyof LockerSettings]?: LockerSettings[Name] | undefined };

export interface SeenLocker extends Locker {
  /** What the caller is in it by name, or by his workspace. */
  readonly permissions: readonly LockerPermission[];
}

const COLUMNS = sql`l.id, l.name, l.description, l.created_by as "createdBy", l.created_on as "createdOn",
  l.updated_by as "updatedBy", l.updated_on as "updatedOn", l.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`l.id` },
  name: { type: 'text', sql: sql`l.name` },
  description: { type: 'text', sql: sql`l.description` },
  createdBy: { type: 'number', sql: sql`l.created_by` },
  createdOn: { type: 'instant', sql: sql`l.created_on` },
  updatedBy: { type: 'number', sql: sql`l.updated_by` },
  updatedOn: { type: 'instant', sql: sql`l.updated_on` },
};

function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  return seesAllLockers(caller) ? LOCKER_HERE : sql<SqlBool>`(${LOCKER_HERE} and ${seesLocker(sql`l.id`, caller)})`;
}

export const LOCK_LOCKER: RawBuilder<unknown> = sql`for update of l`;

/** What the caller may see, with what he is in it. Locked, where it is about to be changed. @throws notFound */
export async function readLocker(
  connection: Connection,
  caller: Caller,
  id: number,
  lock: RawBuilder<unknown> = sql``,
): Promise<SeenLocker> {
  const row = await connection.first(
    sql<SeenLocker>`select ${COLUMNS}, coalesce((select m.permissions from locker_member m
        where m.locker_id = l.id and m.user_id = ${caller.userId}), '{}') || ${permissionsByWorkspace(sql`l.id`, caller)} as permissions
      from locker l where l.id = ${id} and ${visibleTo(caller)} ${lock}`,
  );
  if (!row) throw error('notFound', `There is no locker with the id ${id}.`);
  return row;
}

/** @throws forbidden */
export function requireIn(
  caller: Caller,
  { name, permissions }: SeenLocker,
  needed: readonly LockerPermission[],
  what: string,
): void {
  if (needed.some((permission) => permissions.includes(permission))) return;
  throw error('forbidden', `${caller.username} may not ${what} the locker "${name}".`, {
    details: `needed: ${needed.join(' or ')} in this locker`,
  });
}

export function createLockers(database: Database) {
  return {
    get: async (caller: Caller, id: number): Promise<Locker> => readLocker(database, caller, id),

    /** Those in which the caller is something. */
    list(caller: Caller, selection: Selection): Promise<Page<Locker>> {
      return selectPage<Locker>(
        database,
        { columns: COLUMNS, source: sql`locker l`, visible: visibleTo(caller), fields: FIELDS, tiebreak: sql`l.id` },
        selection,
      );
    },

    /** Its creator owns it. @throws invalid; duplicate */
    async create(caller: Caller, settings: LockerSettings): Promise<Locker> {
      const name = requireName(settings.name, 'locker');
      return database
        .transaction(async (tx) => {
          const locker = await tx.first(
            sql<Locker>`insert into locker as l (name, description, created_by, updated_by)
              values (${name}, ${requireDescription(settings.description)}, ${caller.userId}, ${caller.userId}) returning ${COLUMNS}`,
          );
          if (!locker) throw new Error('The locker was not inserted.');
          await tx.all(sql`insert into locker_member values (${locker.id}, ${caller.userId}, '{own}')`);
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'locker.create',
            subject: { type: 'locker', id: locker.id, name },
          });
          return locker;
        })
        .catch(refuseDuplicate(name));
    },

    /** By its owners and managers. @throws notFound; forbidden; staleVersion; invalid; duplicate */
    async update(caller: Caller, id: number, changes: LockerChanges, version?: number): Promise<Locker> {
      return database
        .transaction(async (tx) => {
          const before = await readLocker(tx, caller, id, LOCK_LOCKER);
          requireIn(caller, before, ['own', 'manage'], 'change');
          if (version !== undefined && version !== before.version)
            throw error(
              'staleVersion',
              `The locker has changed: its version is ${before.version}, the request names ${version}.`,
            );
          const name = changes.name === undefined ? before.name : requireName(changes.name, 'locker');
          const after = await tx.first(
            sql<Locker>`update locker l set name = ${name},
              description = ${requireDescription(changes.description ?? before.description)},
              updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id} returning ${COLUMNS}`,
          );
          if (!after) throw new Error('The locker is gone.');
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'locker.update',
            subject: { type: 'locker', id, name },
            details: { changed: Object.entries(changes).flatMap(([key, value]) => (value === undefined ? [] : [key])) },
          });
          return after;
        })
        .catch(refuseDuplicate(changes.name ?? ''));
    },

    /**
     * By its owners, its managers, and who administers lockers. The credentials stay their owners', in no locker.
     * @throws notFound; forbidden
     */
    async remove(caller: Caller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const before = await readLocker(tx, caller, id, LOCK_LOCKER);
        if (!seesAllLockers(caller)) requireIn(caller, before, ['own', 'manage'], 'delete');
        await tx.all(sql`delete from locker where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'locker.delete',
          subject: { type: 'locker', id, name: before.name },
        });
      });
    },
  };
}

function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'locker_name')
      throw error('duplicate', `There is a locker with the name "${name}" already.`);
    throw cause;
  };
}
