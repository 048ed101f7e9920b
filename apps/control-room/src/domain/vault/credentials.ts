import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Connection, type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import {
  ATTRIBUTES,
  type AttributeJson,
  type AttributeSettings,
  type CredentialAttribute,
  putAttributes,
  readAttribute,
} from './attributes.ts';
import { requireCredentialName, requireDescription } from './names.ts';
import { requireMayChange, type Standing, seesAllLockers, standingColumns, visibleCredentials } from './standing.ts';

/** What somebody keeps for bots: named attributes whose values are sealed (contract a §4.2). */
export interface Credential {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly ownerId: number;
  readonly lockerId: number | null;
  /** Every standard attribute has its value. */
  readonly completed: boolean;
  readonly attributes: readonly CredentialAttribute[];
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface CredentialSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly attributes: readonly AttributeSettings[];
}

/** What is not there, or undefined, stays. */
export type CredentialChanges = { readonly [Name in keyof CredentialSettings]?: CredentialSettings[Name] | undefined };

export interface SeenCredential extends Credential {
  readonly standing: Standing;
}

const COMPLETED: RawBuilder<SqlBool> = sql<SqlBool>`not exists (select from credential_attribute a where a.credential_id = c.id
  and not a.user_provided and not exists (select from credential_value v where v.attribute_id = a.id and v.user_id is null))`;

const COLUMNS = sql`c.id, c.name, c.description, c.owner_id as "ownerId", c.locker_id as "lockerId", ${COMPLETED} as completed,
  ${ATTRIBUTES} as attributes, c.created_by as "createdBy", c.created_on as "createdOn", c.updated_by as "updatedBy",
  c.updated_on as "updatedOn", c.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`c.id` },
  name: { type: 'text', sql: sql`c.name` },
  description: { type: 'text', sql: sql`c.description` },
  ownerId: { type: 'number', sql: sql`c.owner_id` },
  lockerId: { type: 'number', sql: sql`c.locker_id` },
  completed: { type: 'boolean', sql: COMPLETED },
  createdBy: { type: 'number', sql: sql`c.created_by` },
  createdOn: { type: 'instant', sql: sql`c.created_on` },
  updatedBy: { type: 'number', sql: sql`c.updated_by` },
  updatedOn: { type: 'instant', sql: sql`c.updated_on` },
};

type Row = Omit<Credential, 'attributes'> & { readonly attributes: readonly AttributeJson[] };

const toCredential = <R extends Row>(row: R) => ({ ...row, attributes: row.attributes.map(readAttribute) });

/** What the caller may see, with what he is to it. Locked, where it is about to be changed. @throws notFound */
export async function readCredential(
  connection: Connection,
  caller: Caller,
  id: number,
  lock: RawBuilder<unknown> = sql``,
): Promise<SeenCredential> {
  const row = await connection.first(
    sql<Row & { standing: Standing }>`select ${COLUMNS}, ${standingColumns(caller)} from credential c
      where c.id = ${id} and ${visibleCredentials(caller, true)} ${lock}`,
  );
  if (!row) throw error('notFound', `There is no credential with the id ${id}.`);
  return toCredential(row);
}

export const FOR_UPDATE: RawBuilder<unknown> = sql`for update of c`;

export function createCredentials(database: Database) {
  const record = (tx: Transaction, caller: Caller, verb: string, id: number, name: string, details?: object) =>
    recordAudit(tx, {
      actor: actorOf(caller),
      action: `credential.${verb}`,
      subject: { type: 'credential', id, name },
      ...(details === undefined ? {} : { details: { ...details } }),
    });

  return {
    /** Consumers see by its id what they may use. @throws notFound */
    get: (caller: Caller, id: number): Promise<Credential> => readCredential(database, caller, id),

    /** @param consumed also those that the caller may use only; @param lockerId only those in this locker */
    async list(
      caller: Caller,
      selection: Selection,
      { consumed, lockerId }: { readonly consumed: boolean; readonly lockerId?: number },
    ): Promise<Page<Credential>> {
      const visible = visibleCredentials(caller, consumed);
      const page = await selectPage<Row>(
        database,
        {
          columns: COLUMNS,
          source: sql`credential c`,
          visible: lockerId === undefined ? visible : sql<SqlBool>`c.locker_id = ${lockerId} and ${visible}`,
          fields: FIELDS,
          tiebreak: sql`c.id`,
        },
        selection,
      );
      return { ...page, rows: page.rows.map(toCredential) };
    },

    /** Its creator owns it. @throws invalid; duplicate */
    async create(caller: Caller, settings: CredentialSettings): Promise<Credential> {
      const name = requireCredentialName(settings.name);
      return database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{ id: number }>`insert into credential (name, description, owner_id, created_by, updated_by)
              values (${name}, ${requireDescription(settings.description)}, ${caller.userId}, ${caller.userId}, ${caller.userId})
              returning id`,
          );
          if (!row) throw new Error('The credential was not inserted.');
          await putAttributes(tx, caller, row.id, settings.attributes);
          await record(tx, caller, 'create', row.id, name, {
            attributes: settings.attributes.map((attribute) => attribute.name),
          });
          return readCredential(tx, caller, row.id);
        })
        .catch(refuseDuplicate(name));
    },

    /** By its owner, or who owns or manages its locker. @throws notFound; forbidden; staleVersion; invalid; conflict; duplicate */
    async update(caller: Caller, id: number, changes: CredentialChanges, version?: number): Promise<Credential> {
      return database
        .transaction(async (tx) => {
          const before = await readCredential(tx, caller, id, FOR_UPDATE);
          requireMayChange(caller, before.name, before.standing);
          if (version !== undefined && version !== before.version)
            throw error(
              'staleVersion',
              `The credential has changed: its version is ${before.version}, the request names ${version}.`,
            );
          // Robots name their secrets as they like: such a name may stay.
          const name =
            changes.name === undefined || changes.name === before.name
              ? before.name
              : requireCredentialName(changes.name);
          await tx.all(
            sql`update credential set name = ${name}, description = ${requireDescription(changes.description ?? before.description)},
              updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${id}`,
          );
          if (changes.attributes) await putAttributes(tx, caller, id, changes.attributes, before.attributes);
          await record(tx, caller, 'update', id, name, {
            changed: Object.entries(changes).flatMap(([key, value]) => (value === undefined ? [] : [key])),
            ...(changes.attributes ? { attributes: changes.attributes.map((attribute) => attribute.name) } : {}),
          });
          return readCredential(tx, caller, id);
        })
        .catch(refuseDuplicate(changes.name ?? ''));
    },

    /** With all its values. @throws notFound; forbidden */
    async remove(caller: Caller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const before = await readCredential(tx, caller, id, FOR_UPDATE);
        requireMayChange(caller, before.name, before.standing);
        await tx.all(sql`delete from credential where id = ${id}`);
        await record(tx, caller, 'delete', id, before.name);
      });
    },

    /**
     * The owner hands his credential on, with its values. Who administers lockers can do it for one who is gone, but then
     * the shared values are deleted: otherwise he could make himself the owner of what he may not read. [inferred]
     * @throws notFound; forbidden; invalid where there is no such user
     */
    async changeOwner(caller: Caller, id: number, ownerId: number): Promise<Credential> {
      return database.transaction(async (tx) => {
        const before = await readCredential(tx, caller, id, FOR_UPDATE);
        if (!before.standing.owner && !seesAllLockers(caller))
          throw error('forbidden', `${caller.username} does not own the credential "${before.name}".`);
        const user = await tx.first(
          sql<{ id: number }>`select id from app_user where id = ${ownerId} and deleted_on is null for share`,
        );
        if (!user) throw error('invalid', `There is no user with the id ${ownerId}.`);
        const emptied = before.standing.owner
          ? []
          : await tx.all(
              sql<{ id: number }>`delete from credential_value v using credential_attribute a
                where a.id = v.attribute_id and a.credential_id = ${id} and v.user_id is null returning v.id`,
            );
        await tx.all(
          sql`update credential set owner_id = ${ownerId}, updated_by = ${caller.userId}, updated_on = present(),
            version = version + 1 where id = ${id}`,
        );
        await record(tx, caller, 'changeOwner', id, before.name, {
          from: before.ownerId,
          to: ownerId,
          valuesDeleted: emptied.length,
        });
        const after = await tx.first(sql<Row>`select ${COLUMNS} from credential c where c.id = ${id}`);
        if (!after) throw new Error('The credential is gone.');
        return toCredential(after);
      });
    },
  };
}

function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    const violated = violatedConstraint(cause);
    if (violated === 'credential_name')
      throw error('duplicate', `There is a credential with the name "${name}" already.`);
    if (violated === 'credential_attribute_name')
      throw error('duplicate', 'Two attributes of the credential would have one name.');
    throw cause;
  };
}
