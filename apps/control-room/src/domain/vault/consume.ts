import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { SEALED_COLUMNS, type Sealed } from './keyring.ts';
import type { OpenSecrets } from './opening.ts';
import { CREDENTIAL_HERE, isConsumer } from './standing.ts';
import { placeOf } from './values.ts';

/** As a bot names it; letter case does not count. */
export interface CredentialName {
  readonly credentialName: string;
  readonly attributeName: string;
  /** Where it is given, the credential must be in this locker. */
  readonly lockerName?: string | undefined;
}

/** What the value is for, for the record. */
export interface Purpose {
  readonly type: 'run';
  readonly id: string | number;
}

export interface ConsumedValue {
  readonly value: string;
  /** Never to be shown: not in logs, not in outputs. */
  readonly masked: boolean;
  /** Only for fields that take passwords. */
  readonly passwordFlag: boolean;
}

interface Row extends Sealed {
  readonly attributeId: number;
  readonly name: string;
  readonly masked: boolean;
  readonly passwordFlag: boolean;
  readonly userProvided: boolean;
  /** Null where nobody has set it yet. */
  readonly id: number | null;
  readonly userId: number | null;
  readonly version: number;
}

/**
 * The value of an attribute for a bot that runs in a user's name: of a standard attribute the owner's or a consumer's, of
 * a user-provided one this user's own. It is handed out after the row that says so is on disk.
 * @throws notFound for what is not there, or not for this user; vaultLocked; vaultKeyService; vaultTampered
 */
export type Consume = (
  who: { readonly userId: number },
  wanted: CredentialName,
  why: { readonly purpose: Purpose },
) => Promise<ConsumedValue>;

export function createConsume(database: Database, open: OpenSecrets): Consume {
  return async ({ userId }, { credentialName, attributeName, lockerName }, { purpose }) => {
    const user = await database.first(
      sql<{
        username: string;
      }>`select username from app_user where id = ${userId} and deleted_on is null and not disabled`,
    );
    const locker =
      lockerName === undefined || lockerName === '' ? sql`true` : sql`lower(l.name) = lower(${lockerName})`;
    const row =
      user &&
      (await database.first(
        sql<Row>`select a.id as "attributeId", c.name || '.' || a.name as name, a.masked, a.password_flag as "passwordFlag",
            a.user_provided as "userProvided", v.id, v.user_id as "userId", v.version, ${SEALED_COLUMNS}
          from credential c join credential_attribute a on a.credential_id = c.id
          left join locker l on l.id = c.locker_id
          left join credential_value v on v.attribute_id = a.id
            and coalesce(v.user_id, 0) = case when a.user_provided then ${userId} else 0 end
          where ${CREDENTIAL_HERE} and lower(c.name) = lower(${credentialName}) and lower(a.name) = lower(${attributeName}) and ${locker}
            and (c.owner_id = ${userId} or ${isConsumer(sql`c.locker_id`, userId)})`,
      ));
    if (!row) {
      const where = lockerName ? ` in the locker "${lockerName}"` : '';
      throw error(
        'notFound',
        `There is no credential "${credentialName}"${where} with an attribute "${attributeName}" that ${user?.username ?? `the user ${userId}`} may use.`,
        { details: 'needed: to own it, or a role that consumes its locker' },
      );
    }
    if (row.id === null)
      throw error(
        'notFound',
        `The attribute "${row.name}" has no value${row.userProvided ? ` of ${user.username}` : ''} yet.`,
      );
    const [value = ''] = await open({ type: 'user', id: userId, name: user.username }, [
      {
        sealed: row,
        place: placeOf({ id: row.id, attributeId: row.attributeId, userId: row.userId, version: row.version }),
        action: 'credentialValue.consume',
        subject: { type: 'credentialValue', id: row.id, name: row.name },
        details: { purpose },
      },
    ]);
    return { value, masked: row.masked, passwordFlag: row.passwordFlag };
  };
}
