import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { Logger } from '../../kernel/log.ts';
import { SealBroken } from '../../kernel/sealing.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { addKey, DATA_KEY_PLACE, type Keyring, lockSettings, protectorFor, readKeys } from './keyring.ts';
import type { Protector, Protectors } from './protectors.ts';

export interface VaultKeyStatus {
  readonly id: number;
  readonly protector: Protector;
  readonly createdOn: Temporal.Instant;
  readonly retiredOn: Temporal.Instant | null;
  /** How many secrets are still wrapped by it. */
  readonly secrets: number;
}

export interface Rotation {
  /** A new vault key wraps from now on; the others are brought under it in the background. Answers its id. @throws vaultLocked */
  rotate(caller: Caller): Promise<number>;
  keys(): Promise<VaultKeyStatus[]>;
  /** Brings everything under the current key, and drops old ones. Goes on where another, or a crash, left off. Answers how many secrets. */
  rewrap(): Promise<number>;
  /** Waits for what `rotate` has begun here. */
  drain(): Promise<void>;
}

/** Everything that is wrapped by a vault key. */
const TABLES: readonly { readonly table: string; readonly key: string; readonly type: string }[] = [
  { table: 'credential_value', key: 'id', type: 'bigint[]' },
  { table: 'login_setting', key: 'user_id', type: 'bigint[]' },
  { table: 'vault_transport_key', key: 'only_one', type: 'boolean[]' },
  { table: 'robot_transport_key', key: 'only_one', type: 'boolean[]' },
];
type Key = number | boolean;
/** Few enough that writers of these rows hardly notice. */
const BATCH = 200;
/** Whoever has read a row before it was wrapped anew still finds its key. */
const KEPT: RawBuilder<unknown> = sql`interval '1 hour'`;

export function createRotation(database: Database, keyring: Keyring, protectors: Protectors, log: Logger): Rotation {
  let under: Promise<unknown> = Promise.resolve();

  /** Where the next batch goes on; undefined when there is nothing more. */
  async function batch(
    { table, key, type }: (typeof TABLES)[number],
    after: Key | undefined,
  ): Promise<{ readonly done: number; readonly next: Key | undefined }> {
    return database.ownTransaction(async (tx) => {
      const { id, wrapper, keys } = await keyring.current(tx);
      const rest = after === undefined ? sql`true` : sql`${sql.ref(key)} > ${after}`;
      // Another replica that rotates as well takes other rows.
      const rows = await tx.all(
        sql<{ key: Key; dataKey: string; vaultKeyId: number }>`
          select ${sql.ref(key)} as key, data_key as "dataKey", vault_key_id as "vaultKeyId" from ${sql.table(table)}
          where vault_key_id <> ${id} and ${rest} order by 1 limit ${BATCH} for update skip locked`,
      );
      const wrapped = rows.flatMap(({ key: which, dataKey, vaultKeyId }) => {
        try {
          const old = keys.get(vaultKeyId);
          if (!old) throw new SealBroken(`There is no vault key ${vaultKeyId}.`);
          return [{ key: which, dataKey: wrapper.seal(old.open(dataKey, DATA_KEY_PLACE), DATA_KEY_PLACE) }];
        } catch (cause) {
          // It stays as it is, for whoever looks into it; one broken row must not hold up the others.
          log.error({ err: cause, table, key: which }, 'A sealed row of the vault was changed outside of this server.');
          return [];
        }
      });
      await tx.all(
        sql`update ${sql.table(table)} t set data_key = x.data_key, vault_key_id = ${id}
          from unnest(${wrapped.map((one) => one.key)}::${sql.raw(type)}, ${wrapped.map((one) => one.dataKey)}::text[]) as x(key, data_key)
          where t.${sql.ref(key)} = x.key`,
      );
      return { done: wrapped.length, next: rows.length < BATCH ? undefined : rows.at(-1)?.key };
    });
  }

  async function rewrap(): Promise<number> {
    let secrets = 0;
    for (const table of TABLES) {
      let after: Key | undefined;
      do {
        const { done, next } = await batch(table, after);
        secrets += done;
        after = next;
      } while (after !== undefined);
    }
    await dropOld();
    return secrets;
  }

  async function dropOld(): Promise<void> {
    const used = TABLES.map(({ table }) => sql`select from ${sql.table(table)} t where t.vault_key_id = k.id`);
    await database.all(
      sql`delete from vault_key k where retired_on < present() - ${KEPT}
        and not exists (${sql.join(used, sql` union all `)})`,
    );
  }

  return {
    rewrap,
    drain: async () => {
      await under;
    },

    rotate: async (caller) => {
      const before = await keyring.ring();
      const id = await database.ownTransaction(async (tx) => {
        const { mode } = await lockSettings(tx);
        // The administrators' key that was entered here may have been replaced elsewhere a moment ago. What it wrapped now,
        // nobody could open later.
        for (const { current, protector, wrapped } of await readKeys(tx))
          if (current) await protectors.unwrap(protector, wrapped);
        // Waits for those who are writing under it.
        await tx.all(sql`update vault_key set retired_on = present() where retired_on is null`);
        const fresh = await addKey(tx, protectors, protectorFor(mode, protectors), caller.userId);
        if (protectors.service) {
          for (const row of await readKeys(tx))
            if (row.protector === 'SERVICE' && !row.current)
              await tx.all(
                sql`update vault_key set wrapped = ${await protectors.service.rewrap(row.wrapped)} where id = ${row.id}`,
              );
        }
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'vault.rotate',
          subject: { type: 'vault', id: 1 },
          details: { key: fresh, instead: before.currentId },
        });
        return fresh;
      });
      keyring.forget();
      under = Promise.allSettled([under, rewrap()]).then(([, result]) => {
        if (result.status === 'rejected')
          log.warn({ err: result.reason }, 'Wrapping under the new vault key stopped; the next hour goes on with it.');
        else log.info({ secrets: result.value, key: id }, 'Everything is wrapped by the new vault key.');
      });
      return id;
    },

    keys: () => {
      const counts = TABLES.map(
        ({ table }) => sql`(select count(*) from ${sql.table(table)} t where t.vault_key_id = k.id)`,
      );
      return database.all(
        sql<VaultKeyStatus>`select k.id, k.protector, k.created_on as "createdOn", k.retired_on as "retiredOn",
          (${sql.join(counts, sql` + `)})::int as secrets from vault_key k order by k.id`,
      );
    },
  };
}
