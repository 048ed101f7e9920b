import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Connection, type Database, type Transaction, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { CredentialAttribute } from './attributes.ts';
import { FOR_UPDATE, readCredential, type SeenCredential } from './credentials.ts';
import { type Keyring, SEALED_COLUMNS, type Sealed } from './keyring.ts';
import type { OpenSecrets } from './opening.ts';
import { encryptFor, readEncryptionKey, type Transport } from './transport.ts';

/** A value as the wire may show it (contract a §4.4). */
export interface AttributeValue {
  readonly id: number;
  readonly attributeId: number;
  /** Empty where it may not be shown; encrypted where an encryption key came. */
  readonly value: string;
  /** Whose own it is; null for the one that all share. */
  readonly userId: number | null;
  readonly attribute: CredentialAttribute;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface ValueSettings {
  readonly attributeId: number;
  /** Plain, or encrypted with the transport key. */
  readonly value: string;
  readonly userId?: number | undefined;
}

type Row = Omit<AttributeValue, 'value' | 'attribute'> & Sealed;

const COLUMNS = sql`id, attribute_id as "attributeId", user_id as "userId", created_by as "createdBy", created_on as "createdOn",
  updated_by as "updatedBy", updated_on as "updatedOn", version, ${SEALED_COLUMNS}`;

/** In characters. Certificates and long keys fit; whole files belong elsewhere. */
export const LONGEST_VALUE = 16_384;

/** What a value is sealed for: put into another row, or under another version, it does not open. */
export function placeOf(row: {
  readonly id: number;
  readonly attributeId: number;
  readonly userId: number | null;
  readonly version: number;
}): string {
  return `credential-value:${row.id}:${row.attributeId}:${row.userId ?? 0}:${row.version}`;
}

export function createValues(
  database: Database,
  {
    keyring,
    transport,
    open,
  }: { readonly keyring: Keyring; readonly transport: Transport; readonly open: OpenSecrets },
) {
  /**
   * Those that the caller may use: shared ones as owner or consumer, of user-provided ones his own. Masked ones are shown
   * only encrypted, and only to whom they belong, or to consumers with the right to consume lockers. [inferred]
   * @throws notFound; forbidden; invalid; vaultTampered; vaultLocked
   */
  async function list(
    caller: Caller,
    credentialId: number,
    asked: {
      readonly attributeId?: number | undefined;
      readonly userId?: number | undefined;
      readonly encryptionKey?: string | undefined;
    },
  ): Promise<AttributeValue[]> {
    const credential = await readCredential(database, caller, credentialId);
    requireMayUse(caller, credential);
    if (asked.userId !== undefined && asked.userId !== caller.userId) throw othersValue(caller);
    const key = asked.encryptionKey === undefined ? undefined : readEncryptionKey(asked.encryptionKey);
    const rows = await database.all(
      sql<Row>`select ${COLUMNS} from credential_value
        where attribute_id = any(${attributesOf(credential, asked.attributeId)}) and ${mine(caller, asked.userId)} order by id`,
    );
    const found = rows.map((row) => ({ row, attribute: attributeOf(credential, row.attributeId) }));
    const shown = found.filter(({ row, attribute }) =>
      attribute.masked ? key !== undefined && mayUnmask(caller, credential, row) : true,
    );
    const secrets = await open(
      actorOf(caller),
      shown.map(({ row, attribute }) => ({
        sealed: row,
        place: placeOf(row),
        action: 'credentialValue.read',
        subject: { type: 'credentialValue', id: row.id, name: `${credential.name}.${attribute.name}` },
        details: { credentialId, encrypted: key !== undefined },
      })),
    );
    return found.map(({ row, attribute }) => {
      const secret = secrets[shown.findIndex((one) => one.row === row)];
      if (secret === undefined) return toValue(row, attribute, '');
      return toValue(row, attribute, key === undefined ? secret : encryptFor(key, secret, `"${attribute.name}"`));
    });
  }

  async function write(
    tx: Transaction,
    place: {
      readonly id: number;
      readonly attributeId: number;
      readonly userId: number | null;
      readonly version: number;
    },
    came: string,
  ): Promise<{ readonly sealed: Sealed; readonly plain: string }> {
    const plain = await transport.read(came);
    if (plain.length > LONGEST_VALUE || plain.includes('\0'))
      throw error('invalid', 'The value cannot be kept.', {
        details: `expected at most ${LONGEST_VALUE} characters, without NUL`,
      });
    return { sealed: await keyring.seal(tx, plain, placeOf(place)), plain };
  }

  return {
    list,

    /**
     * First values. The answer holds them encrypted with `encryptionKey`, or not at all: whoever sent them has them.
     * @throws notFound; forbidden; invalid; conflict where there is a value already; vaultLocked
     */
    async set(
      caller: Caller,
      credentialId: number,
      values: readonly ValueSettings[],
      encryptionKey?: string,
    ): Promise<AttributeValue[]> {
      const key = encryptionKey === undefined ? undefined : readEncryptionKey(encryptionKey);
      return database
        .transaction(async (tx) => {
          const credential = await readCredential(tx, caller, credentialId, FOR_UPDATE);
          const made: AttributeValue[] = [];
          for (const { attributeId, value, userId: named } of values) {
            const attribute = attributeOf(credential, attributeId);
            const userId = whose(caller, credential, attribute, named);
            const next = await tx.first(
              sql<{ id: number }>`select nextval(pg_get_serial_sequence('credential_value', 'id')) as id`,
            );
            if (!next) throw new Error('The sequence of values gave no number.');
            const { sealed, plain } = await write(tx, { id: next.id, attributeId, userId, version: 0 }, value);
            const row = await tx.first(
              sql<Row>`insert into credential_value (id, attribute_id, user_id, sealed, data_key, vault_key_id, created_by, updated_by)
                values (${next.id}, ${attributeId}, ${userId}, ${sealed.sealed}, ${sealed.dataKey}, ${sealed.vaultKeyId},
                  ${caller.userId}, ${caller.userId}) returning ${COLUMNS}`,
            );
            if (!row) throw new Error('The value was not inserted.');
            await record(tx, caller, 'create', credential, attribute, row);
            made.push(toValue(row, attribute, key === undefined ? '' : encryptFor(key, plain, `"${attribute.name}"`)));
          }
          return made;
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'credential_value_place') throw cause;
          throw error('conflict', 'This attribute has a value already.', {
            details: 'change it with PUT …/attributevalues/{valueId}',
          });
        });
    },

    /** @throws notFound; forbidden; staleVersion; invalid; vaultLocked */
    async change(
      caller: Caller,
      credentialId: number,
      valueId: number,
      value: string,
      version?: number,
      encryptionKey?: string,
    ): Promise<AttributeValue> {
      const key = encryptionKey === undefined ? undefined : readEncryptionKey(encryptionKey);
      return database.transaction(async (tx) => {
        const { credential, attribute, row } = await forChange(tx, caller, credentialId, valueId);
        if (version !== undefined && version !== row.version)
          throw error(
            'staleVersion',
            `The value has changed: its version is ${row.version}, the request names ${version}.`,
          );
        const { sealed, plain } = await write(tx, { ...row, version: row.version + 1 }, value);
        const after = await tx.first(
          sql<Row>`update credential_value set sealed = ${sealed.sealed}, data_key = ${sealed.dataKey},
            vault_key_id = ${sealed.vaultKeyId}, updated_by = ${caller.userId}, updated_on = present(), version = version + 1
            where id = ${valueId} returning ${COLUMNS}`,
        );
        if (!after) throw new Error('The value is gone.');
        await record(tx, caller, 'update', credential, attribute, after);
        return toValue(after, attribute, key === undefined ? '' : encryptFor(key, plain, `"${attribute.name}"`));
      });
    },

    /** @throws notFound; forbidden */
    async remove(caller: Caller, credentialId: number, valueId: number): Promise<void> {
      await database.transaction(async (tx) => {
        const { credential, attribute, row } = await forChange(tx, caller, credentialId, valueId);
        await tx.all(sql`delete from credential_value where id = ${valueId}`);
        await record(tx, caller, 'delete', credential, attribute, row);
      });
    },
  };
}

async function forChange(connection: Connection, caller: Caller, credentialId: number, valueId: number) {
  const credential = await readCredential(connection, caller, credentialId, FOR_UPDATE);
  // Of user-provided attributes only the own value exists for him.
  const row = await connection.first(
    sql<Row>`select ${COLUMNS} from credential_value where id = ${valueId}
      and attribute_id = any(${attributesOf(credential, undefined)}) and ${mine(caller, undefined)}`,
  );
  if (!row) throw error('notFound', `The credential "${credential.name}" has no value with the id ${valueId}.`);
  const attribute = attributeOf(credential, row.attributeId);
  whose(caller, credential, attribute, undefined);
  return { credential, attribute, row };
}

/** Whose value of this attribute the caller may write: null for the shared one. @throws forbidden; invalid */
function whose(
  caller: Caller,
  credential: SeenCredential,
  attribute: CredentialAttribute,
  named: number | undefined,
): number | null {
  if (attribute.userProvided) {
    requireMayUse(caller, credential);
    if (named !== undefined && named !== caller.userId) throw othersValue(caller);
    return caller.userId;
  }
  if (!credential.standing.owner)
    throw error('forbidden', `Only the owner of the credential "${credential.name}" sets its standard values.`);
  if (!caller.may('credentialattribute.createstandard'))
    throw error('forbidden', `${caller.username} may not set standard values.`, {
      details: 'needed: credentialattribute.createstandard',
    });
  return null;
}

function requireMayUse(caller: Caller, { name, standing }: SeenCredential): void {
  if (standing.owner || standing.consumer) return;
  throw error('forbidden', `${caller.username} may not use the values of the credential "${name}".`, {
    details: 'needed: to own it, or to consume its locker',
  });
}

function othersValue(caller: Caller): Error {
  return error('forbidden', `The value of another user is his alone; ${caller.username} has his own.`);
}

function mayUnmask(caller: Caller, { standing }: SeenCredential, row: Row): boolean {
  return standing.owner || row.userId === caller.userId || (standing.consumer && caller.may('locker.consume'));
}

/** The shared ones and his own; with a user named, only the own. */
function mine(caller: Caller, named: number | undefined): RawBuilder<SqlBool> {
  return named === undefined
    ? sql<SqlBool>`(user_id is null or user_id = ${caller.userId})`
    : sql<SqlBool>`user_id = ${caller.userId}`;
}

function attributesOf(credential: SeenCredential, asked: number | undefined): number[] {
  return asked === undefined ? credential.attributes.map(({ id }) => id) : [attributeOf(credential, asked).id];
}

function attributeOf(credential: SeenCredential, id: number): CredentialAttribute {
  const attribute = credential.attributes.find((one) => one.id === id);
  if (attribute) return attribute;
  throw error('notFound', `The credential "${credential.name}" has no attribute with the id ${id}.`);
}

function toValue(
  { sealed: _, dataKey: __, vaultKeyId: ___, ...row }: Row,
  attribute: CredentialAttribute,
  value: string,
): AttributeValue {
  return { ...row, attribute, value };
}

function record(
  tx: Transaction,
  caller: Caller,
  verb: string,
  credential: SeenCredential,
  attribute: CredentialAttribute,
  row: { readonly id: number; readonly userId: number | null },
): Promise<void> {
  return recordAudit(tx, {
    actor: actorOf(caller),
    action: `credentialValue.${verb}`,
    subject: { type: 'credentialValue', id: row.id, name: `${credential.name}.${attribute.name}` },
    details: { credentialId: credential.id, attributeId: attribute.id, userId: row.userId },
  });
}
