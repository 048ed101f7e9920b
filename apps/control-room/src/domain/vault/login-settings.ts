import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Purpose } from './consume.ts';
import { type Keyring, SEALED_COLUMNS, type Sealed } from './keyring.ts';
import type { OpenSecrets } from './opening.ts';
import type { Transport } from './transport.ts';
import { LONGEST_VALUE } from './values.ts';

export interface LoginSetting {
  /** Of the user here; the caller where it is not given. */
  readonly username?: string | undefined;
  /** Of the account at the device, such as `DOMAIN\\user`. */
  readonly loginUsername: string;
  /** Plain, or encrypted with the transport key. */
  readonly loginPassword: string;
}

const LONGEST_NAME = 512;

/** With what a runner logs a user in at a device (contract a §4.7). The password never comes back over a wire. */
export function createLoginSettings(
  database: Database,
  {
    keyring,
    transport,
    open,
  }: { readonly keyring: Keyring; readonly transport: Transport; readonly open: OpenSecrets },
) {
  return {
    /** Everybody his own, administrators everybody's. Answers the user's name. @throws forbidden; notFound; invalid; vaultLocked */
    async put(caller: Caller, { username, loginUsername, loginPassword }: LoginSetting): Promise<string> {
      const password = await transport.read(loginPassword);
      if (loginUsername.length > LONGEST_NAME || password.length > LONGEST_VALUE)
        throw error('invalid', 'The login of the device is too long.', {
          details: `expected at most ${LONGEST_NAME} characters of name and ${LONGEST_VALUE} of password`,
        });
      const user = await findUser(database, caller, username);
      return database.transaction(async (tx) => {
        const before = await tx.first(
          sql<{ version: number }>`select version from login_setting where user_id = ${user.id} for update`,
        );
        const version = before === undefined ? 0 : before.version + 1;
        const { sealed, dataKey, vaultKeyId } = await keyring.seal(tx, password, placeOf(user.id, version));
        const written = await tx.first(
          sql`insert into login_setting (user_id, login_username, sealed, data_key, vault_key_id, version, created_by, updated_by)
            values (${user.id}, ${loginUsername}, ${sealed}, ${dataKey}, ${vaultKeyId}, ${version}, ${caller.userId}, ${caller.userId})
            on conflict (user_id) do update set login_username = excluded.login_username, sealed = excluded.sealed,
              data_key = excluded.data_key, vault_key_id = excluded.vault_key_id, version = excluded.version,
              updated_by = excluded.updated_by, updated_on = present()
            where login_setting.version = excluded.version - 1 returning user_id`,
        );
        if (!written) throw error('conflict', `The login of ${user.username} is being set by another request.`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'loginSetting.put',
          subject: { type: 'user', id: user.id, name: user.username },
        });
        return user.username;
      });
    },

    /** Answers the user's name. @throws forbidden; notFound */
    async remove(caller: Caller, username: string | undefined): Promise<string> {
      const user = await findUser(database, caller, username);
      return database.transaction(async (tx) => {
        const gone = await tx.first(sql`delete from login_setting where user_id = ${user.id} returning user_id`);
        if (!gone) throw error('notFound', `There is no login of a device for ${user.username}.`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'loginSetting.delete',
          subject: { type: 'user', id: user.id, name: user.username },
        });
        return user.username;
      });
    },

    /** For a run in this user's name. @throws notFound; vaultLocked; vaultTampered */
    async consume(
      { userId }: { readonly userId: number },
      { purpose }: { readonly purpose: Purpose },
    ): Promise<{ readonly loginUsername: string; readonly loginPassword: string }> {
      const row = await database.first(
        sql<Sealed & { username: string; loginUsername: string; version: number }>`
          select u.username, s.login_username as "loginUsername", s.version, ${SEALED_COLUMNS}
          from login_setting s join app_user u on u.id = s.user_id
          where s.user_id = ${userId} and u.deleted_on is null and not u.disabled`,
      );
      if (!row) throw error('notFound', `There is no login of a device for the user ${userId}.`);
      const [loginPassword = ''] = await open({ type: 'user', id: userId, name: row.username }, [
        {
          sealed: row,
          place: placeOf(userId, row.version),
          action: 'loginSetting.consume',
          subject: { type: 'user', id: userId, name: row.username },
          details: { purpose },
        },
      ]);
      return { loginUsername: row.loginUsername, loginPassword };
    },
  };
}

function placeOf(userId: number, version: number): string {
  return `login-setting:${userId}:${version}`;
}

/** @throws forbidden for another without the right; notFound */
async function findUser(
  database: Database,
  caller: Caller,
  named: string | undefined,
): Promise<{ readonly id: number; readonly username: string }> {
  const username = named?.trim().toLowerCase() || caller.username.toLowerCase();
  if (username !== caller.username.toLowerCase() && !caller.may('system.administer'))
    throw error('forbidden', `${caller.username} may set his own login of a device only.`, {
      details: 'needed for those of others: system.administer',
    });
  const user = await database.first(
    sql<{ id: number; username: string }>`select id, username from app_user
      where lower(username) = ${username} and domain = '' and deleted_on is null`,
  );
  if (user) return user;
  throw error('notFound', `There is no user with the name "${username.slice(0, 100)}".`);
}
