import { createHash, type Hash, type KeyObject, sign, verify } from 'node:crypto';
import { type AuditRow, hashOfRow } from './rows.ts';

/** What a seal says of its rows. */
export interface SealedStretch {
  readonly rows: number;
  /** The smallest and the largest id. */
  readonly firstId: number;
  readonly lastId: number;
  /** Hex. */
  readonly rowsHash: string;
}

export interface Seal extends SealedStretch {
  /** 1, 2, 3 … */
  readonly number: number;
  /** The hash of the seal before it, hex; GENESIS for the first. */
  readonly previousHash: string;
  /** As in rows. */
  readonly sealedOn: string;
  /** Hex. */
  readonly hash: string;
  readonly keyId: string;
  /** Ed25519 over the bytes of the hash, base64. */
  readonly signature: string;
}

/** A seal to keep elsewhere: it needs no rows to be of use. */
export type Checkpoint = Pick<Seal, 'number' | 'hash' | 'sealedOn' | 'keyId' | 'signature'>;

export const GENESIS = '0'.repeat(64);

export function sealHash(seal: Omit<Seal, 'hash' | 'keyId' | 'signature'>): string {
  const { number, previousHash, rows, firstId, lastId, rowsHash, sealedOn } = seal;
  return createHash('sha256')
    .update(JSON.stringify([number, previousHash, rows, firstId, lastId, rowsHash, sealedOn]))
    .digest('hex');
}

/** Takes the rows of a stretch one after the other, in the order of their ids. */
export class StretchHasher {
  readonly #hash: Hash = createHash('sha256');
  #rows = 0;
  #firstId = 0;
  #lastId = 0;

  add(row: AuditRow): void {
    if (this.#rows === 0) this.#firstId = row.id;
    this.#rows++;
    this.#lastId = row.id;
    this.#hash.update(hashOfRow(row));
  }

  get rows(): number {
    return this.#rows;
  }

  /** May be asked for once. */
  finish(): SealedStretch {
    return { rows: this.#rows, firstId: this.#firstId, lastId: this.#lastId, rowsHash: this.#hash.digest('hex') };
  }
}

/** Chains a stretch to what is sealed already and signs it. */
export function sealStretch(
  stretch: SealedStretch,
  chain: { readonly number: number; readonly previousHash: string; readonly sealedOn: string },
  key: { readonly id: string; readonly privateKey: KeyObject },
): Seal {
  const unsigned = { ...stretch, ...chain };
  const hash = sealHash(unsigned);
  const signature = sign(null, Buffer.from(hash, 'hex'), key.privateKey).toString('base64');
  return { ...unsigned, hash, keyId: key.id, signature };
}

export function signatureIsOf(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  return verify(null, Buffer.from(checkpoint.hash, 'hex'), publicKey, Buffer.from(checkpoint.signature, 'base64'));
}

export function checkpointOf({ number, hash, sealedOn, keyId, signature }: Seal): Checkpoint {
  return { number, hash, sealedOn, keyId, signature };
}
