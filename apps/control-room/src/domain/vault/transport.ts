import { type KeyObject, publicEncrypt } from 'node:crypto';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { BITS, createKeyPair, OAEP } from './key-pair.ts';
import type { Keyring } from './keyring.ts';
import { readPublicKey } from './protectors.ts';

/** It keeps values out of the logs of whatever stands between client and server and undoes TLS. */
const HASH_BYTES = 32;

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

export function createTransport(database: Database, keyring: Keyring): Transport {
  const pair = createKeyPair(database, keyring, { table: 'vault_transport_key', place: 'transport-key' });
  return {
    publicKey: pair.publicKey,
    read: async (value) => {
      if (!isOneBlock(value)) return value;
      return (await pair.decrypt(Buffer.from(value, 'base64')))?.toString('utf8') ?? value;
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
