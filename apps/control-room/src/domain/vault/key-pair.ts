import { constants, generateKeyPair, privateDecrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { type Keyring, SEALED_COLUMNS, type Sealed } from './keyring.ts';
import { showPublicKey } from './protectors.ts';

/** RSA-OAEP with SHA-256 for the hash and for the mask: what Web Crypto means by RSA-OAEP, and OpenSSL by rsa_oaep_md:sha256. */
export const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;
export const BITS = 2_048;

/** The server's own RSA pair for one purpose. Its private half is sealed like any secret of the vault. */
export interface KeyPair {
  /** SPKI, DER, base64. Made when it is first asked for. @throws vaultLocked; vaultKeyService */
  publicKey(): Promise<string>;
  /** Undefined for what was not encrypted with it. @throws vaultLocked; vaultKeyService */
  decrypt(block: Buffer): Promise<Buffer | undefined>;
}

const generate = promisify(generateKeyPair);

/** @param table has one row; @param place what the private half is sealed for */
export function createKeyPair(
  database: Database,
  keyring: Keyring,
  { table, place }: { readonly table: 'vault_transport_key' | 'robot_transport_key'; readonly place: string },
): KeyPair {
  const stored = () =>
    database.first(
      sql<Sealed & { publicKey: string }>`select public_key as "publicKey", ${SEALED_COLUMNS} from ${sql.table(table)}`,
    );

  async function make(): Promise<string> {
    const { publicKey, privateKey } = await generate('rsa', { modulusLength: BITS });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return database.ownTransaction(async (tx) => {
      const { sealed, dataKey, vaultKeyId } = await keyring.seal(tx, pem, place);
      // Of two that make one at once the first wins, and both answer his.
      await tx.all(
        sql`insert into ${sql.table(table)} (public_key, sealed, data_key, vault_key_id)
          values (${showPublicKey(publicKey)}, ${sealed}, ${dataKey}, ${vaultKeyId}) on conflict do nothing`,
      );
      const row = await tx.first(sql<{ publicKey: string }>`select public_key as "publicKey" from ${sql.table(table)}`);
      if (!row) throw new Error('The key pair was not inserted.');
      return row.publicKey;
    });
  }

  return {
    publicKey: async () => (await stored())?.publicKey ?? make(),
    decrypt: async (block) => {
      const row = await stored();
      if (!row) return undefined;
      const key = await keyring.open(row, place);
      try {
        return privateDecrypt({ key, ...OAEP }, block);
      } catch {
        return undefined;
      }
    },
  };
}
