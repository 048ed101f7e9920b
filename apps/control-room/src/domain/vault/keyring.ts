import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Connection, Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { remember } from '../../kernel/remembered.ts';
import { createSealer, type RootKey, SealBroken, type Sealer } from '../../kernel/sealing.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import type { Protector, Protectors } from './protectors.ts';

/** A secret as it stands in a row: sealed under a key of its own, which the vault key wraps. */
export interface Sealed {
  readonly sealed: string;
  readonly dataKey: string;
  readonly vaultKeyId: number;
}

export const SEALED_COLUMNS: RawBuilder<unknown> = sql`sealed, data_key as "dataKey", vault_key_id as "vaultKeyId"`;

export interface Ring {
  readonly currentId: number;
  /** By the id of the vault key, the retired ones too. */
  readonly keys: ReadonlyMap<number, Sealer>;
}

export interface Current {
  readonly id: number;
  readonly wrapper: Sealer;
  readonly keys: Ring['keys'];
}

export interface Keyring {
  /**
   * The key that wraps from now on. Until the transaction ends it cannot be retired: a rotation waits for it, or is waited
   * for, so that nothing is left behind under an old key. @throws vaultLocked; vaultKeyService
   */
  current(tx: Transaction): Promise<Current>;
  /** Seals for one place in the database, under a fresh key. @throws vaultLocked; vaultKeyService */
  seal(tx: Transaction, secret: string, place: string): Promise<Sealed>;
  /** @throws vaultLocked; vaultKeyService; SealBroken when it was changed, or sealed for another place */
  open(sealed: Sealed, place: string): Promise<string>;
  /** The keys themselves; makes the first one. @throws vaultLocked; vaultKeyService */
  ring(): Promise<Ring>;
  /** What has been changed here counts here at once. */
  forget(): void;
}

export interface VaultKeyRow {
  readonly id: number;
  readonly protector: Protector;
  readonly wrapped: string;
  readonly current: boolean;
}

export const DATA_KEY_PLACE = 'data-key';
const KEY_BYTES = 32;
const TRIES = 5;

export function createKeyring(database: Database, wakeUps: WakeUps, protectors: Protectors, log: Logger): Keyring {
  const rings = remember(wakeUps, 'vault-keys', loadRing);

  async function loadRing(): Promise<Ring> {
    // Through whatever connection the caller is on: a second one could not be had when all are waiting for this. Keys are
    // only ever written in transactions of their own, so none that may yet be taken back is read here.
    const known = await readKeys(database);
    const rows = known.length > 0 ? known : await database.ownTransaction(makeFirst);
    const keys = new Map<number, Sealer>();
    for (const row of rows) keys.set(row.id, sealerOf(row.id, await protectors.unwrap(row.protector, row.wrapped)));
    const current = rows.find((row) => row.current);
    if (!current) throw new Error('The vault has keys and none that is current.');
    return { currentId: current.id, keys };
  }

  async function makeFirst(tx: Transaction): Promise<VaultKeyRow[]> {
    const { mode } = await lockSettings(tx);
    const known = await readKeys(tx);
    if (known.length > 0) return known;
    await addKey(tx, protectors, protectorFor(mode, protectors), 0);
    return readKeys(tx);
  }

  const ring = (): Promise<Ring> => rings.get('ring');

  async function current(tx: Transaction): Promise<Current> {
    for (let tries = 0; tries < TRIES; tries++) {
      const { currentId, keys } = await ring();
      const usable = await tx.first(
        sql`select 1 from vault_key where id = ${currentId} and retired_on is null for share`,
      );
      const wrapper = keys.get(currentId);
      if (usable && wrapper) return { id: currentId, wrapper, keys };
      rings.forget('ring');
    }
    log.warn('The vault key was rotated again and again while a value was written.');
    throw error('unavailable', 'The vault key is being rotated.', { retryAfter: 1 });
  }

  return {
    ring,
    forget: () => rings.forget('ring'),

    current,

    seal: async (tx, secret, place) => {
      const { id, wrapper } = await current(tx);
      const dataKey = randomBytes(KEY_BYTES);
      return {
        sealed: valueSealer(dataKey).seal(secret, place),
        dataKey: wrapper.seal(dataKey, DATA_KEY_PLACE),
        vaultKeyId: id,
      };
    },

    open: async ({ sealed, dataKey, vaultKeyId }, place) => {
      let wrapper = (await ring()).keys.get(vaultKeyId);
      if (!wrapper) {
        // Rotated by another replica, whose word of it has not arrived yet.
        rings.forget('ring');
        wrapper = (await ring()).keys.get(vaultKeyId);
      }
      if (!wrapper) throw new SealBroken(`There is no vault key ${vaultKeyId}.`);
      return valueSealer(wrapper.open(dataKey, DATA_KEY_PLACE)).open(sealed, place).toString('utf8');
    },
  };
}

/** Whoever changes keys or mode comes one after the other, over all replicas. */
export async function lockSettings(
  tx: Transaction,
): Promise<{ readonly mode: 'EXPRESS' | 'CUSTOM'; readonly publicKey: string | null }> {
  const row = await tx.first(
    sql<{
      mode: 'EXPRESS' | 'CUSTOM';
      publicKey: string | null;
    }>`select mode, public_key as "publicKey" from vault_settings for update`,
  );
  if (!row) throw new Error('The settings of the vault are gone.');
  return row;
}

/** Who wraps what is made from now on. */
export function protectorFor(mode: 'EXPRESS' | 'CUSTOM', { service }: Protectors): Protector {
  if (mode === 'CUSTOM') return 'CUSTOM';
  return service === undefined ? 'ROOT' : 'SERVICE';
}

/** Makes a key and makes it the current one; whatever was current must have been retired before. */
export async function addKey(
  tx: Transaction,
  protectors: Protectors,
  protector: Protector,
  userId: number,
): Promise<number> {
  const wrapped = await protectors.wrap(protector, randomBytes(KEY_BYTES));
  const row = await tx.first(
    sql<{
      id: number;
    }>`insert into vault_key (protector, wrapped, created_by) values (${protector}, ${wrapped}, ${userId}) returning id`,
  );
  if (!row) throw new Error('The vault key was not inserted.');
  await announce(tx, 'vault-keys', '*');
  return row.id;
}

export function readKeys(connection: Connection): Promise<VaultKeyRow[]> {
  return connection.all(
    sql<VaultKeyRow>`select id, protector, wrapped, retired_on is null as current from vault_key order by id`,
  );
}

function sealerOf(id: number, secret: Buffer): Sealer {
  return createSealer({ id: `v${id}`, secret });
}

function valueSealer(secret: Buffer): Sealer {
  const key: RootKey = { id: 'd', secret };
  return createSealer(key);
}
