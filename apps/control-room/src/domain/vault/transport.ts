import { constants, generateKeyPair, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Keyring, SEALED_COLUMNS, type Sealed } from './keyring.ts';
import { readPublicKey, showPublicKey } from './protectors.ts';

/**
 * RSA-OAEP with SHA-256 for the hash and for the mask: what Web Crypto means by RSA-OAEP, and OpenSSL by rsa_oaep_md:sha256.
 * It keeps values out of the logs of whatever stands between client and server and undoes TLS.
 */
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;
const BITS = 2_048;
const HASH_BYTES = 32;
const PLACE = 'transport-key';

export interface Transport {
  /** SPKI, DER, base64. Made when it is first asked for. @throws vaultLocked; vaultKeyService */
  publicKey(): Promise<string>;
  /**
   * The value that a client means. Base64 of exactly one block that this server's transport key opens was encrypted with
   * it; everything else is the value itself: that a text opens by chance is out of the question, OAEP has 256 bits for that.
   * @throws vaultLocked; vaultKeyService
   */
  read(value: string): Promise<string>;
}

const generate = promisify(generateKeyPair);

export function createTransport(database: Database, keyring: Keyring): Transport {
  const stored = () =>
    database.first(
      sql<Sealed & { publicKey: string }>`select public_key as "publicKey", ${SEALED_COLUMNS} from vault_transport_key`,
    );

  async function make(): Promise<string> {
    const { publicKey, privateKey } = await generate('rsa', { modulusLength: BITS });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return database.ownTransaction(async (tx) => {
      const { sealed, dataKey, vaultKeyId } = await keyring.seal(tx, pem, PLACE);
      // Of two that make one at once the first wins, and both answer his.
      await tx.all(
        sql`insert into vault_transport_key (public_key, sealed, data_key, vault_key_id)
          values (${showPublicKey(publicKey)}, ${sealed}, ${dataKey}, ${vaultKeyId}) on conflict do nothing`,
      );
      const row = await tx.first(sql<{ publicKey: string }>`select public_key as "publicKey" from vault_transport_key`);
      if (!row) throw new Error('The transport key was not inserted.');
      return row.publicKey;
    });
  }

  return {
    publicKey: async () => (await stored())?.publicKey ?? make(),
    read: async (value) => {
      if (!isOneBlock(value)) return value;
      const row = await stored();
      if (!row) return value;
      const key = await keyring.open(row, PLACE);
      try {
        return privateDecrypt({ key, ...OAEP }, Buffer.from(value, 'base64')).toString('utf8');
      } catch {
        return value;
      }
    },
  };
}

function isOneBlock(value: string): boolean {
  const length = BITS / 8;
  return value.length === Math.ceil(length / 3) * 4 && Buffer.from(value, 'base64').length === length;
}

/** @throws invalid for what is no RSA public key */
export function readEncryptionKey(text: string): KeyObject {
  return readPublicKey(text, 'encryptionKey');
}

/** Base64 of one block. @throws invalid when the value is longer than the key can take */
export function encryptFor(key: KeyObject, value: string, what: string): string {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const most = bits / 8 - 2 * HASH_BYTES - 2;
  const bytes = Buffer.byteLength(value);
  if (bytes > most)
    throw error('invalid', `The value of ${what} has ${bytes} bytes; a key of ${bits} bits takes ${most}.`, {
      details: 'expected a longer encryptionKey: 4096 bits take 446 bytes, 8192 bits 958',
    });
  return publicEncrypt({ key, ...OAEP }, Buffer.from(value)).toString('base64');
}
