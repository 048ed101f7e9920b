import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { sha256 } from '../../kernel/sealing.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { requireMayTouch } from './admin-guard.ts';
import type { Caller } from './caller.ts';
import { type Rights, readRights } from './rights.ts';
import type { Sessions } from './sessions.ts';

export interface ApiKey {
  readonly id: number;
  readonly userId: number;
  readonly createdOn: Temporal.Instant;
  readonly expiresOn: Temporal.Instant;
}

export interface ApiKeys {
  /** Undefined for one that is not this user's, or has expired. */
  find(userId: number | undefined, key: string): Promise<number | undefined>;
  /** The key's text comes back this once; only its hash is kept. @throws notFound; forbidden; invalid */
  create(caller: Caller, userId: number, days?: number): Promise<ApiKey & { readonly text: string }>;
  list(caller: Caller, userId: number): Promise<ApiKey[]>;
  /** Ends its sessions as well. */
  revoke(caller: Caller, userId: number, id: number): Promise<void>;
}

/** Contract a §2.1. */
const LENGTH = 40;
const STANDARD_DAYS = 45;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const COLUMNS = sql`id, user_id as "userId", created_on as "createdOn", expires_on as "expiresOn"`;

/** Contract a §13.3: to log in by API key, too, a role of the user must have the right. */
export function mayUseApiKeys(rights: Rights | undefined): boolean {
  return rights?.may('apikey.generateapikey') ?? false;
}

export function createApiKeys(database: Database, sessions: Sessions): ApiKeys {
  /** One's own with the right to have any; another's with the right to change users. */
  async function requireOwner(caller: Caller, userId: number): Promise<Rights> {
    const rights = await readRights(database, userId);
    if (!rights) throw error('notFound', `There is no user with the id ${userId}.`);
    if (caller.userId !== userId) {
      if (!caller.may('usermanagement.updateuser'))
        throw error('forbidden', `${caller.username} may not change other users.`);
      requireMayTouch(caller, rights);
    }
    return rights;
  }

  return {
    find: async (userId, key) => {
      // 240 random bits need no slow hash, and a look-up by hash tells nothing by its time.
      const row = await database.first(
        sql<{ id: number }>`select id from api_key
          where hash = ${sha256(key)} and user_id = ${userId ?? 0} and expires_on > present()`,
      );
      return row?.id;
    },

    create: async (caller, userId, days = STANDARD_DAYS) => {
      const rights = await requireOwner(caller, userId);
      if (!mayUseApiKeys(rights)) {
        const message = `No role of ${rights.username} has the right to API keys.`;
        throw caller.userId === userId ? error('forbidden', message) : error('invalid', message);
      }
      const text = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      return database.transaction(async (tx) => {
        const key = await tx.first(
          sql<ApiKey>`insert into api_key (user_id, hash, expires_on)
            values (${userId}, ${sha256(text)}, present() + make_interval(days => ${days})) returning ${COLUMNS}`,
        );
        if (!key) throw new Error('The API key was not inserted.');
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'apiKey.create',
          subject: { type: 'user', id: userId, name: rights.username },
          details: { apiKeyId: key.id, days },
        });
        return { ...key, text };
      });
    },

    list: async (caller, userId) => {
      await requireOwner(caller, userId);
      return database.all(sql<ApiKey>`select ${COLUMNS} from api_key where user_id = ${userId} order by id`);
    },

    revoke: async (caller, userId, id) => {
      const rights = await requireOwner(caller, userId);
      const ended = await database.transaction(async (tx) => {
        const sessionIds = await sessions.end(tx, { userId, reason: 'REVOKED', apiKeyId: id });
        const deleted = await tx.first(sql`delete from api_key where id = ${id} and user_id = ${userId} returning id`);
        if (!deleted) throw error('notFound', `${rights.username} has no API key with the id ${id}.`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'apiKey.revoke',
          subject: { type: 'user', id: userId, name: rights.username },
          details: { apiKeyId: id },
        });
        return sessionIds;
      });
      sessions.forget(ended);
    },
  };
}
