import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error, SignalboxError } from '../../kernel/errors.ts';
import { remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { type ApiKeys, mayUseApiKeys } from './api-keys.ts';
import type { Caller } from './caller.ts';
import { type LoginName, readLoginName, showLoginName } from './names.ts';
import type { Passwords } from './passwords.ts';
import { readRights } from './rights.ts';
import type { Sessions } from './sessions.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { Attempt, Throttle } from './throttle.ts';
import type { Tokens } from './tokens.ts';
import type { UserDetail, Users } from './users.ts';

/** Where a request about tokens and secrets comes from, for the throttle and the record. */
export interface Origin {
  readonly address: string;
  readonly requestId: string;
}

export interface Credentials {
  readonly username: string;
  readonly password?: string | undefined;
  /** Counts where both are given (contract a §2.1). */
  readonly apiKey?: string | undefined;
  /** Asks that other sessions stay; granted to users who may have several. */
  readonly multipleLogin?: boolean | undefined;
}

export interface LoggedIn {
  readonly token: string;
  readonly user: UserDetail;
}

export interface Authentication {
  /** @throws unauthenticated; tooManyFailures; invalid when neither secret is given */
  logIn(credentials: Credentials, origin: Origin): Promise<LoggedIn>;
  /** Whose token this is. On the path of every request. @throws unauthenticated; sessionReplaced */
  authenticate(token: string): Promise<Caller>;
  /** Whose task token this is, and for which bot. On the path of every execution. @throws unauthenticated */
  authenticateTask(token: string): Promise<TaskCaller>;
  /** The same at once, where everything about the token is known already: 5 µs of each call. */
  peekTask(token: string): TaskCaller | undefined;
  /**
   * Somebody in whose name the server acts by itself, such as the owner of a schedule, with the rights that he has now.
   * Undefined when he is disabled or deleted.
   */
  callerFor(userId: number): Promise<Caller | undefined>;
  /** Whether `authenticate` would accept it. */
  isValid(token: string): Promise<boolean>;
  /** A new token of the same session; the old one lives out its time. @throws unauthenticated; sessionReplaced */
  refresh(token: string): Promise<LoggedIn>;
  /** Ends the caller's session with all its tokens. */
  logOut(caller: Caller, origin: Origin): Promise<void>;
}

/** Who executes an API Task. */
export interface TaskCaller {
  readonly userId: number;
  readonly username: string;
  readonly botId: number;
  readonly may: Caller['may'];
}

interface Parts {
  readonly database: Database;
  readonly wakeUps: WakeUps;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly taskTokens: TaskTokens;
  readonly throttle: Throttle;
  readonly apiKeys: ApiKeys;
  readonly users: Users;
}

interface Candidate {
  readonly id: number;
  readonly passwordHash: string | null;
  readonly disabled: boolean;
  readonly multipleLoginAllowed: boolean;
}

export function createAuthentication(parts: Parts): Authentication & { forgetUsers(ids: readonly number[]): void } {
  const { database, wakeUps, passwords, sessions, tokens, taskTokens, throttle, apiKeys, users } = parts;
  const rightsOf = remember(wakeUps, 'identity-changed', (id) => readRights(database, Number(id)));

  function find({ username, domain }: LoginName): Promise<Candidate | undefined> {
    return database.first(
      sql<Candidate>`select id, password_hash as "passwordHash", disabled, multiple_login_allowed as "multipleLoginAllowed"
        from app_user where lower(username) = ${username} and lower(domain) = ${domain} and deleted_on is null`,
    );
  }

  /** Counts and records it; the answer says nothing about which part was wrong. */
  async function refuse(
    attempt: Attempt,
    origin: Origin,
    method: 'password' | 'apiKey',
    why: string,
  ): Promise<SignalboxError> {
    await database.transaction(async (tx) => {
      const waitSeconds = Math.ceil(await throttle.failed(tx, attempt));
      await recordAudit(tx, {
        actor: { type: 'user', id: attempt.userId ?? 0, name: attempt.login },
        action: 'session.logIn',
        subject: { type: 'user', id: attempt.userId ?? '', name: attempt.login },
        outcome: 'UNSUCCESSFUL',
        details: { method, why, ...(waitSeconds > 0 ? { waitSeconds } : {}) },
        ...origin,
      });
    });
    return error('unauthenticated', 'The user name or the secret is wrong, or the user is disabled.');
  }

  async function open(
    user: Candidate,
    attempt: Attempt,
    origin: Origin,
    how: { multiple: boolean; apiKeyId?: number },
  ): Promise<LoggedIn> {
    const { multiple, apiKeyId } = how;
    const { sessionId, replaced } = await database.transaction(async (tx) => {
      // Holds the user's row, so that log-ins of one user come one after the other; and what was true when the secret
      // was compared must still be.
      const still = await tx.first(
        sql`update app_user set last_login_on = present() where id = ${user.id} and deleted_on is null and not disabled
          and password_hash is not distinct from ${user.passwordHash} returning id`,
      );
      if (!still) throw error('unauthenticated', 'The user has been changed at this moment.');
      const ended = multiple ? [] : await sessions.end(tx, { userId: user.id, reason: 'REPLACED', onlySingle: true });
      const id = await sessions.open(tx, { userId: user.id, multiple, apiKeyId });
      // An API key is no password that was guessed right: it clears no count.
      if (apiKeyId === undefined) await throttle.succeeded(tx, { ...attempt, userId: user.id });
      await recordAudit(tx, {
        actor: { type: 'user', id: user.id, name: attempt.login },
        action: 'session.logIn',
        subject: { type: 'user', id: user.id, name: attempt.login },
        details: {
          method: apiKeyId === undefined ? 'password' : 'apiKey',
          multiple,
          ...(apiKeyId === undefined ? {} : { apiKeyId }),
        },
        ...origin,
      });
      return { sessionId: id, replaced: ended };
    });
    sessions.forget(replaced);
    return answer(user.id, sessionId, multiple);
  }

  async function answer(userId: number, sessionId: string, multiple: boolean): Promise<LoggedIn> {
    const user = await users.detail(userId);
    const token = await tokens.sign({ userId, sessionId, multiple, licenseFeatures: user.licenseFeatures });
    return { token, user };
  }

  async function authenticate(token: string): Promise<Caller> {
    const { userId, sessionId } = await tokens.verify(token);
    const [session, rights] = await Promise.all([sessions.get(sessionId), rightsOf.get(String(userId))]);
    if (session?.endReason === 'REPLACED') {
      throw error('sessionReplaced', 'The user is logged in twice: a later log-in has ended this session.');
    }
    if (!session || session.endReason !== null || session.userId !== userId) {
      throw error('unauthenticated', 'The session of this token has ended.');
    }
    if (!rights || rights.disabled) throw error('unauthenticated', 'The user of this token is disabled or deleted.');
    return { userId, username: rights.username, roleIds: rights.roleIds, sessionId, may: rights.may };
  }

  return {
    authenticate,

    authenticateTask: async (token) => {
      const { userId, botId } = await taskTokens.verify(token);
      const rights = await rightsOf.get(String(userId));
      if (!rights || rights.disabled) throw error('unauthenticated', 'The user of this token is disabled or deleted.');
      return { userId, username: rights.username, botId, may: rights.may };
    },

    callerFor: async (userId) => {
      const rights = await rightsOf.get(String(userId));
      if (!rights || rights.disabled) return undefined;
      return { userId, username: rights.username, roleIds: rights.roleIds, sessionId: '', may: rights.may };
    },

    peekTask: (token) => {
      const known = taskTokens.peek(token);
      const rights = known && rightsOf.peek(String(known.userId));
      if (!rights || rights.disabled) return undefined;
      return { userId: known.userId, username: rights.username, botId: known.botId, may: rights.may };
    },

    logIn: async ({ username, password = '', apiKey = '', multipleLogin = false }, origin) => {
      if (password === '' && apiKey === '') throw error('invalid', 'There is neither a password nor an API key.');
      const name = readLoginName(username);
      const user = await find(name);
      const attempt: Attempt = { login: showLoginName(name).slice(0, 255), address: origin.address, userId: user?.id };

      if (apiKey !== '') {
        const keyId = await apiKeys.find(user?.id, apiKey);
        // Nobody guesses 40 random characters: a right key is never made to wait, so that guessing stops no robot.
        if (keyId === undefined || !user || user.disabled) {
          await throttle.admit(database, attempt);
          throw await refuse(attempt, origin, 'apiKey', keyId === undefined ? 'wrong or expired' : 'disabled');
        }
        if (!mayUseApiKeys(await readRights(database, user.id))) {
          throw await refuse(attempt, origin, 'apiKey', 'no role with the right to API keys');
        }
        return open(user, attempt, origin, { multiple: true, apiKeyId: keyId });
      }

      return throttle.inTurn(database, attempt, async () => {
        const right = await passwords.matches(user?.passwordHash, password);
        if (!right || !user) throw await refuse(attempt, origin, 'password', user ? 'wrong' : 'unknown user');
        if (user.disabled) throw await refuse(attempt, origin, 'password', 'disabled');
        return open(user, attempt, origin, { multiple: multipleLogin && user.multipleLoginAllowed });
      });
    },

    isValid: async (token) => {
      try {
        await authenticate(token);
        return true;
      } catch (cause) {
        if (cause instanceof SignalboxError && cause.status === 401) return false;
        throw cause;
      }
    },

    refresh: async (token) => {
      const caller = await authenticate(token);
      const session = await sessions.get(caller.sessionId);
      if (!session || !(await sessions.prolong(database, session.id))) {
        throw error('unauthenticated', 'The session of this token has ended.');
      }
      return answer(caller.userId, session.id, session.multiple);
    },

    logOut: async (caller, origin) => {
      await database.transaction(async (tx) => {
        await sessions.end(tx, { userId: caller.userId, reason: 'LOGGED_OUT', id: caller.sessionId });
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'session.logOut',
          subject: { type: 'user', id: caller.userId, name: caller.username },
          ...origin,
        });
      });
      sessions.forget([caller.sessionId]);
    },

    forgetUsers: (ids) => {
      for (const id of ids) rightsOf.forget(String(id));
    },
  };
}
