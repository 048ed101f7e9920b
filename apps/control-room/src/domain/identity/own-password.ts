import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Origin } from './authentication.ts';
import type { Caller } from './caller.ts';
import { showLoginName } from './names.ts';
import { type PasswordPolicy, requireGoodPassword } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';

interface Parts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly throttle: Throttle;
  readonly passwordPolicy: PasswordPolicy;
}

/** @throws invalid when the old one is wrong or the new one is bad; tooManyFailures */
export type ChangeOwnPassword = (
  caller: Caller,
  oldPassword: string,
  newPassword: string,
  origin: Origin,
) => Promise<void>;

/**
 * The caller's other sessions end. A wrong old password counts like a failed log-in, so that a stolen token does not
 * help in guessing it.
 */
export function createOwnPassword({
  database,
  passwords,
  sessions,
  throttle,
  passwordPolicy,
}: Parts): ChangeOwnPassword {
  return async (caller, oldPassword, newPassword, origin) => {
    const user = await database.first(
      sql<{ username: string; domain: string; hash: string | null }>`select username, domain, password_hash as hash
        from app_user where id = ${caller.userId} and deleted_on is null`,
    );
    if (!user) throw error('notFound', 'The user is gone.');
    if (user.domain !== '') throw error('invalid', 'A user of a directory has no password here.');
    const attempt = { login: showLoginName(user), address: origin.address, userId: caller.userId };
    const entry = {
      actor: actorOf(caller),
      action: 'user.changePassword',
      subject: { type: 'user', id: caller.userId, name: user.username },
      ...origin,
    };

    await throttle.inTurn(database, attempt, async () => {
      if (await passwords.matches(user.hash, oldPassword)) return;
      await database.transaction(async (tx) => {
        await throttle.failed(tx, attempt);
        await recordAudit(tx, { ...entry, outcome: 'UNSUCCESSFUL' });
      });
      throw error('invalid', 'The old password is wrong.');
    });
    requireGoodPassword(passwordPolicy, newPassword, user.username);
    const hash = await passwords.hash(newPassword);

    const ended = await database.transaction(async (tx) => {
      const changed = await tx.first(
        sql`update app_user set password_hash = ${hash}, updated_by = id, updated_on = present(), version = version + 1
          where id = ${caller.userId} and deleted_on is null and password_hash = ${user.hash} returning id`,
      );
      if (!changed) throw error('conflict', 'The password has been changed elsewhere at this moment.');
      await recordAudit(tx, entry);
      return sessions.end(tx, { userId: caller.userId, reason: 'REVOKED', except: caller.sessionId });
    });
    sessions.forget(ended);
  };
}
