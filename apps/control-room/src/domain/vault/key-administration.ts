import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { sameSecret } from '../../kernel/sealing.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { type Caller, SYSTEM } from '../identity/index.ts';
import { type Keyring, lockSettings, protectorFor, readKeys } from './keyring.ts';
import { type OwnKey, type Protectors, readPrivateKey, readPublicKey, showPublicKey } from './protectors.ts';

export type VaultMode = 'EXPRESS' | 'CUSTOM';

export interface KeyAdministration {
  /** A pair of RSA keys for the administrators to keep, base64 of DER. Nothing of it is kept here. */
  makePair(): Promise<{ readonly privateKey: string; readonly publicKey: string }>;
  mode(): Promise<VaultMode>;
  /** The administrators' pair becomes the one that Custom mode asks for. @throws invalid; vaultLocked; vaultKeyService */
  setPair(
    caller: Caller,
    pair: { readonly privateKey: string; readonly publicKey?: string | undefined },
    mode: VaultMode | undefined,
  ): Promise<void>;
  /** @throws invalid without a private key for Custom, or with another than the pair's; vaultLocked; vaultKeyService */
  setMode(caller: Caller, mode: VaultMode, privateKey: string | undefined): Promise<void>;
  /** Whether values can be opened at this very server without anybody entering a key. */
  applied(): Promise<boolean>;
  /**
   * At the start: what is still wrapped by the root key although a key service was set, is handed to that.
   * Answers whether anything was. @throws vaultKeyService
   */
  adopt(): Promise<boolean>;
  /** Opens the vault at this server, and only here. @throws invalid for another key; conflict in Express mode */
  unlock(caller: Caller, privateKey: string): Promise<void>;
}

interface Switch {
  readonly mode: VaultMode;
  readonly own: OwnKey | undefined;
  readonly action: string;
  /** The pair that is remembered stays: another one is refused. */
  readonly samePair?: boolean;
}

const generate = promisify(generateKeyPair);
const BITS = 4_096;

/** Who may wrap the vault keys, and in which mode. Every change is on disk when it returns, also inside a request's transaction. */
export function createKeyAdministration(
  database: Database,
  keyring: Keyring,
  protectors: Protectors,
): KeyAdministration {
  /** Wraps every vault key anew by whom the mode says. The keys themselves, and so all values, stay. */
  async function switchTo(caller: Caller, { mode, own, action, samePair = false }: Switch): Promise<void> {
    // Also makes the first key; and when the vault is locked, it is refused here.
    await keyring.ring();
    await database.ownTransaction(async (tx) => {
      const settings = await lockSettings(tx);
      if (samePair && own && settings.publicKey !== null && settings.publicKey !== own.publicKey) throw anotherKey();
      const open: { readonly id: number; readonly key: Buffer }[] = [];
      for (const { id, protector, wrapped } of await readKeys(tx))
        open.push({ id, key: await protectors.unwrap(protector, wrapped) });
      const by = protectorFor(mode, protectors);
      for (const { id, key } of open)
        await tx.all(
          sql`update vault_key set protector = ${by}, wrapped = ${await protectors.wrap(by, key, own?.key)} where id = ${id}`,
        );
      await tx.all(
        sql`update vault_settings set mode = ${mode}, public_key = coalesce(${own?.publicKey ?? null}, public_key)`,
      );
      await record(tx, caller, action, { mode, protector: by });
      await announce(tx, 'vault-keys', '*');
    });
    if (mode === 'EXPRESS') protectors.enter(undefined);
    else if (own) protectors.enter(own.key);
    keyring.forget();
  }

  return {
    makePair: async () => {
      const { publicKey, privateKey } = await generate('rsa', { modulusLength: BITS });
      return {
        publicKey: showPublicKey(publicKey),
        privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      };
    },

    mode: async () => (await readSettings(database)).mode,

    setPair: async (caller, pair, mode) => {
      const own = readPrivateKey(pair.privateKey);
      if (pair.publicKey !== undefined && showPublicKey(readPublicKey(pair.publicKey, 'publicKey')) !== own.publicKey)
        throw error('invalid', 'The two keys are not a pair.', {
          details: 'expected the publicKey of this privateKey',
        });
      await switchTo(caller, { mode: mode ?? (await readSettings(database)).mode, own, action: 'vault.changeKeys' });
    },

    setMode: async (caller, mode, privateKey) => {
      const present = await readSettings(database);
      if (mode === 'CUSTOM' && privateKey === undefined)
        throw error('invalid', 'Custom mode needs the private key that will be asked for after each start.', {
          details: 'expected privateKey',
        });
      const own = privateKey === undefined ? undefined : readPrivateKey(privateKey);
      if (own && present.publicKey !== null && own.publicKey !== present.publicKey) throw anotherKey();
      // Whoever leaves Custom mode at a server that was just started brings the key along.
      if (own && present.mode === 'CUSTOM') protectors.enter(own.key);
      await switchTo(caller, {
        mode,
        own: mode === 'CUSTOM' ? own : undefined,
        action: 'vault.changeMode',
        samePair: true,
      });
    },

    applied: async () => {
      if ((await readSettings(database)).mode === 'EXPRESS') return true;
      return keyring.ring().then(
        () => true,
        () => false,
      );
    },

    adopt: async () => {
      if (protectors.service === undefined || (await readSettings(database)).mode === 'CUSTOM') return false;
      const keys = await readKeys(database);
      if (keys.every(({ protector }) => protector === 'SERVICE')) return false;
      await switchTo(SYSTEM, { mode: 'EXPRESS', own: undefined, action: 'vault.protect' });
      return true;
    },

    unlock: async (caller, privateKey) => {
      const { mode, publicKey } = await readSettings(database);
      if (mode === 'EXPRESS')
        throw error('conflict', 'The vault is in Express mode: it has its key, and none is to be entered.');
      const own = readPrivateKey(privateKey);
      const right = publicKey !== null && sameSecret(own.publicKey, publicKey);
      if (right) {
        protectors.enter(own.key);
        keyring.forget();
        await keyring.ring();
      }
      await database.ownTransaction((tx) =>
        record(tx, caller, 'vault.unlock', {}, right ? 'SUCCESSFUL' : 'UNSUCCESSFUL'),
      );
      if (!right) throw anotherKey();
    },
  };
}

function anotherKey(): Error {
  return error('invalid', "This is not the vault's private key.", {
    details: 'expected the private key of the pair that was set with PUT /v2/credentialvault/keys or …/mode',
  });
}

async function readSettings(
  database: Database,
): Promise<{ readonly mode: VaultMode; readonly publicKey: string | null }> {
  const row = await database.first(
    sql<{ mode: VaultMode; publicKey: string | null }>`select mode, public_key as "publicKey" from vault_settings`,
  );
  if (!row) throw new Error('The settings of the vault are gone.');
  return row;
}

function record(
  tx: Transaction,
  caller: Caller,
  action: string,
  details: Record<string, unknown>,
  outcome: 'SUCCESSFUL' | 'UNSUCCESSFUL' = 'SUCCESSFUL',
): Promise<void> {
  return recordAudit(tx, { actor: actorOf(caller), action, subject: { type: 'vault', id: 1 }, outcome, details });
}
