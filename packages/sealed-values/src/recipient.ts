import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { ALGORITHM, type PublicKey, type Purpose } from './seal.ts';

/** What came was sealed for something else, or changed on the way. */
export class NotForThis extends Error {
  override readonly name = 'NotForThis';
}

/** One who can be sent sealed values: a run of a bot. */
export interface Recipient {
  readonly publicKey: PublicKey;
  /** @throws NotForThis */
  open(sealed: string, purpose: Purpose): Promise<string>;
}

export async function createRecipient(): Promise<Recipient> {
  // Not extractable: the private half is never a text.
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM.alg, { crv: 'X25519' });
  const { x } = await exportJWK(publicKey);
  if (x === undefined) throw new Error('The key that was made has no public half.');
  return {
    publicKey: { kty: 'OKP', crv: 'X25519', x },
    async open(sealed, { subject, name }) {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey, {
        keyManagementAlgorithms: [ALGORITHM.alg],
        contentEncryptionAlgorithms: [ALGORITHM.enc],
      }).catch((cause) => {
        throw new NotForThis('The sealed value was changed, or is for somebody else.', { cause });
      });
      if (protectedHeader.for !== subject || protectedHeader.name !== name)
        throw new NotForThis('The sealed value is for something else.');
      return new TextDecoder().decode(plaintext);
    },
  };
}
