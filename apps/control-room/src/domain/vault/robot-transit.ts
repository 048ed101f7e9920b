import { createCipheriv, createDecipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import { type KeyPair, OAEP } from './key-pair.ts';
import { readPublicKey } from './protectors.ts';

/** The only one that robots know (contract robocorp §8.5). */
export const ROBOT_TRANSIT = 'robocloud-vault-transit-v2';

/** AES-256-GCM with a fresh key, and that key with RSA-OAEP for whoever is to open it. All in base64. */
export interface RobotEnvelope {
  readonly value: string;
  readonly encryption: {
    readonly encryptionScheme: string;
    readonly encryptedAES: string;
    readonly authTag: string;
    readonly iv: string;
  };
}

const KEY_BYTES = 32;
const IV_BYTES = 16;
const TAG_BYTES = 16;
const MOST_IV_BYTES = 64;

/** @throws invalid for what is no RSA public key in SPKI */
export function readRobotKey(text: string): KeyObject {
  return readPublicKey(text, 'publicKey');
}

export function sealForRobot(key: KeyObject, plaintext: string): RobotEnvelope {
  const aesKey = randomBytes(KEY_BYTES);
  const iv = randomBytes(IV_BYTES);
  // The scheme is not the same in both directions: on the way out the nonce is the hexadecimal text of the iv, 32 bytes of ASCII.
  const nonce = Buffer.from(iv.toString('hex'), 'ascii');
  const cipher = createCipheriv('aes-256-gcm', aesKey, nonce, { authTagLength: TAG_BYTES });
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return {
    value: sealed.toString('base64'),
    encryption: {
      encryptionScheme: ROBOT_TRANSIT,
      encryptedAES: publicEncrypt({ key, ...OAEP }, aesKey).toString('base64'),
      authTag: cipher.getAuthTag().toString('base64'),
      iv: iv.toString('base64'),
    },
  };
}

/**
 * On the way in the nonce is the iv itself. What is wrong with an envelope is not said: neither key nor content may be guessed at by it.
 * @throws invalid; vaultLocked; vaultKeyService
 */
export async function openFromRobot(pair: KeyPair, { value, encryption }: RobotEnvelope): Promise<string> {
  requireScheme(encryption.encryptionScheme);
  const aesKey = await pair.decrypt(Buffer.from(encryption.encryptedAES, 'base64'));
  const iv = Buffer.from(encryption.iv, 'base64');
  const tag = Buffer.from(encryption.authTag, 'base64');
  if (aesKey?.length === KEY_BYTES && tag.length === TAG_BYTES && iv.length > 0 && iv.length <= MOST_IV_BYTES) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', aesKey, iv, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(tag);
      const plain = Buffer.concat([decipher.update(Buffer.from(value, 'base64')), decipher.final()]);
      return new TextDecoder('utf-8', { fatal: true }).decode(plain);
    } catch {}
  }
  throw error('invalid', 'The value does not open.', {
    details: 'expected it to be encrypted for the key that GET …/secrets/publicKey answers',
  });
}

/** @throws invalid */
export function requireScheme(scheme: string): void {
  if (scheme.trim() !== ROBOT_TRANSIT)
    throw error('invalid', 'This encryption scheme is not known here.', { details: `expected ${ROBOT_TRANSIT}` });
}
