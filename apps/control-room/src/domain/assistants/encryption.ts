import { createCipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import { OAEP, readPublicKey } from '../vault/index.ts';

/** The only scheme that the tools of assistants ask for by default (contract robocorp §9.2). */
const SCHEME = 'rc-encryption-v1';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** In base64 all of it. */
export interface EncryptedAnswer {
  readonly encryption: { readonly iv: string; readonly atag: string; readonly encryptedAESKey: string };
  readonly payload: string;
}

/** The key that a tool has made for one answer. @throws invalid for another scheme, or no RSA key */
export function readToolKey(scheme: string, publicKey: string): KeyObject {
  if (scheme.trim().toLowerCase() !== SCHEME) {
    throw error('invalid', 'This encryption scheme is not known here.', { details: `expected ${SCHEME}` });
  }
  return readPublicKey(publicKey, 'encryption.publicKey');
}

/** JSON that only the tool can read: AES-256-GCM, its key with RSA-OAEP, both with nothing bound to them. */
export function encryptForTool(key: KeyObject, content: unknown): EncryptedAnswer {
  const secret = randomBytes(KEY_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, iv, { authTagLength: TAG_BYTES });
  const payload = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
  return {
    encryption: {
      iv: iv.toString('base64'),
      atag: cipher.getAuthTag().toString('base64'),
      encryptedAESKey: publicEncrypt({ key, ...OAEP }, secret).toString('base64'),
    },
    payload: payload.toString('base64'),
  };
}
