import { CompactEncrypt, importJWK } from 'jose';

/** The public half of a recipient's key: a point of X25519 (RFC 8037). */
export interface PublicKey {
  readonly kty: 'OKP';
  readonly crv: 'X25519';
  readonly x: string;
}

/** What a value is sealed for. Opened for anything else it is refused. */
export interface Purpose {
  /** The run, or the work item, with its version. */
  readonly subject: string;
  /** The credential, as the bot named it. */
  readonly name: string;
}

export const ALGORITHM = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;

/** A JWE in compact form that only the holder of the private half opens. @throws when the key is none */
export async function sealFor(publicKey: PublicKey, value: string, { subject, name }: Purpose): Promise<string> {
  const { kty, crv, x } = publicKey;
  const key = await importJWK({ kty, crv, x }, ALGORITHM.alg);
  return new CompactEncrypt(new TextEncoder().encode(value))
    .setProtectedHeader({ ...ALGORITHM, for: subject, name })
    .encrypt(key);
}
