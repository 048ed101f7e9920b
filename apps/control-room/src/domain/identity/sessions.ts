import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Connection, Database, Transaction } from '../../kernel/database/index.ts';
import { remember } from '../../kernel/remembered.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { TOKEN_SECONDS } from './signing-keys.ts';

export type EndReason = 'LOGGED_OUT' | 'REPLACED' | 'REVOKED';

export interface Session {
  readonly id: string;
  readonly userId: number;
  readonly multiple: boolean;
  readonly endReason: EndReason | null;
}

/** Which sessions end; `except` is spared. */
export interface Ending {
  readonly userId: number;
  readonly reason: EndReason;
  readonly id?: string;
  readonly apiKeyId?: number;
  readonly onlySingle?: boolean;
  readonly except?: string;
}

export interface Sessions {
  /** Undefined where there is none, or none any more. Kept in memory until it ends. */
  get(id: string): Promise<Session | undefined>;
  open(tx: Transaction, session: { userId: number; multiple: boolean; apiKeyId?: number | undefined }): Promise<string>;
  /** Another token's length. False for one that has ended, or whose API key has. */
  prolong(connection: Connection, id: string): Promise<boolean>;
  /** Answers which, for `forget` once it is committed. */
  end(tx: Transaction, ending: Ending): Promise<string[]>;
  /** So that the next call on this very server sees it, without waiting for the wake-up. */
  forget(ids: readonly string[]): void;
}

export function createSessions(database: Database, wakeUps: WakeUps): Sessions {
  const known = remember(wakeUps, 'session-ended', (id) =>
    database.first(
      sql<Session>`select id, user_id as "userId", multiple, end_reason as "endReason" from session where id = ${id}`,
    ),
  );
  return {
    get: (id) => known.get(id),

    open: async (tx, { userId, multiple, apiKeyId }) => {
      const id = randomUUID();
      await tx.all(
        sql`insert into session (id, user_id, multiple, api_key_id, expires_on)
          values (${id}, ${userId}, ${multiple}, ${apiKeyId ?? null}, present() + make_interval(secs => ${TOKEN_SECONDS}))`,
      );
      return id;
    },

    prolong: async (connection, id) => {
      const row = await connection.first(
        sql`update session s set expires_on = present() + make_interval(secs => ${TOKEN_SECONDS})
          where id = ${id} and ended_on is null
            and (api_key_id is null or exists (select from api_key k where k.id = s.api_key_id and k.expires_on > present()))
          returning 1`,
      );
      return row !== undefined;
    },

    end: async (tx, { userId, reason, id, apiKeyId, onlySingle = false, except }) => {
      const ended = await tx.all(
        sql<{ id: string }>`update session set ended_on = present(), end_reason = ${reason}
          where user_id = ${userId} and ended_on is null and expires_on > present()
            and (${id ?? null}::uuid is null or id = ${id ?? null})
            and (${apiKeyId ?? null}::bigint is null or api_key_id = ${apiKeyId ?? null})
            and (${except ?? null}::uuid is null or id <> ${except ?? null})
            and not (${onlySingle} and multiple)
          returning id`,
      );
      for (const session of ended) await announce(tx, 'session-ended', session.id);
      return ended.map((session) => session.id);
    },

    forget: (ids) => {
      for (const id of ids) known.forget(id);
    },
  };
}

/** Deletes what ended at least a day ago, a batch at a time. Answers how many. */
export async function forgetOldSessions(database: Database): Promise<number> {
  const rows = await database.all(
    sql`delete from session where id in (
      select id from session where expires_on < present() - interval '1 day' limit 10000) returning 1`,
  );
  return rows.length;
}
