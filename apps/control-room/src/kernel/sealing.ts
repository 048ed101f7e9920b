import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto';
import { link, mkdir, open as openFile, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** The installation's root of secrecy: whoever has it can open everything sealed. */
export interface RootKey {
  /** short and public: says in a sealed value which key opens it */
  readonly id: string;
  /** 32 bytes */
  readonly secret: Buffer;
}

export interface Sealer {
  /**
   * Encrypts and binds to `associatedData`: what is sealed for one place (a credential's id, say) does not open in
   * another. The result is text: `sb1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url.
   */
  seal(plaintext: string | Uint8Array, associatedData: string): string;
  /** @throws SealBroken when anything was changed, the associated data is another, or the key is not at hand */
  open(sealed: string, associatedData: string): Buffer;
  /** Whether this was sealed with an older key and should be sealed anew. */
  isStale(sealed: string): boolean;
}

/** Says why a sealed value does not open, and nothing about what is in it. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** The folder's root key cannot be used; the message says what to do. */
export class RootKeyUnusable extends Error {
  override readonly name = 'RootKeyUnusable';
}

const ROOT_KEY_FILE = 'root.key';
const ROOT_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'sb1';

/**
 * The root key out of `<dataDir>/root.key`, made at the first start.
 * @throws RootKeyUnusable when others can read the file, or it is not 32 bytes long
 */
export async function loadRootKey(dataDir: string): Promise<RootKey> {
  const file = path.join(dataDir, ROOT_KEY_FILE);
  const secret = (await readRootKey(file)) ?? (await makeRootKey(dataDir, file));
  return { id: sha256(secret).subarray(0, 6).toString('base64url'), secret };
}

/**
 * Seals with `current`, opens with it and with every key in `older`. Each value has a random nonce of 96 bits, which
 * NIST SP 800-38D finds good for 2^32 values under one key.
 */
export function createSealer(current: RootKey, older: readonly RootKey[] = []): Sealer {
  const keys = new Map([current, ...older].map((key) => [key.id, deriveKey(key, 'seal')]));
  const currentKey = deriveKey(current, 'seal');
  const header = `${VERSION}.${current.id}.`;

  return {
    seal: (plaintext, associatedData) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce, { authTagLength: TAG_BYTES });
      // The header is bound too, so that nobody can pass a value off as one of another version or key.
      cipher.setAAD(Buffer.from(header + associatedData));
      const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
      return `${header}${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
    },
    open: (sealed, associatedData) => {
      const { id, nonce, ciphertext, tag } = parse(sealed);
      const key = keys.get(id);
      if (key === undefined) throw new SealBroken(`This was sealed with the key ${id}, which is not at hand.`);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(`${VERSION}.${id}.${associatedData}`));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      } catch {
        throw new SealBroken('The sealed value was changed, or belongs somewhere else.');
      }
    },
    isStale: (sealed) => parse(sealed).id !== current.id,
  };
}

/** 32 bytes for one purpose (HKDF-SHA-256), so that no two uses of the root key share a key. */
export function deriveKey(root: RootKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root.secret, '', `signalbox/${purpose}/v1`, 32));
}

/** Compares in a time that does not depend on where, or in which length, the two differ. */
export function sameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** So many random bytes as text that may stand in a URL; 32 unless said otherwise. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** The SHA-256 of the parts one after the other. */
export function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function parse(sealed: string): { id: string; nonce: Buffer; ciphertext: Buffer; tag: Buffer } {
  const [version, id, nonceText, bodyText, ...rest] = sealed.split('.');
  if (version !== VERSION || id === undefined || nonceText === undefined || bodyText === undefined || rest.length > 0)
    throw new SealBroken('This is not a sealed value of a version that is known here.');
  const nonce = Buffer.from(nonceText, 'base64url');
  const body = Buffer.from(bodyText, 'base64url');
  // Node skips what is no base64url: only the one spelling that was written is accepted.
  const exact = nonce.toString('base64url') === nonceText && body.toString('base64url') === bodyText;
  if (!exact || nonce.length !== NONCE_BYTES || body.length < TAG_BYTES)
    throw new SealBroken('The sealed value was changed, or is not whole.');
  return { id, nonce, ciphertext: body.subarray(0, -TAG_BYTES), tag: body.subarray(-TAG_BYTES) };
}

async function readRootKey(file: string): Promise<Buffer | undefined> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  // Windows has no such bits; there the folder's own access list guards it.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new RootKeyUnusable(`Others can read the root key ${file}: run chmod 600 on it, and consider it known.`);
  const secret = await readFile(file);
  if (secret.length !== ROOT_KEY_BYTES)
    throw new RootKeyUnusable(
      `The root key ${file} has ${secret.length} bytes instead of ${ROOT_KEY_BYTES}: put the file back from a backup.`,
    );
  return secret;
}

async function makeRootKey(dataDir: string, file: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await openFile(draft, 'wx', 0o600);
    await handle.writeFile(randomBytes(ROOT_KEY_BYTES));
    await handle.sync();
    await handle.close();
    // A link appears whole or not at all, and fails where two starts meet: then the other's key is the one.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dataDir);
  const secret = await readRootKey(file);
  if (secret === undefined) throw new RootKeyUnusable(`The root key ${file} was made and is gone again.`);
  return secret;
}

/** Without it a crash may lose the name of a file whose bytes are safe, and with it everything ever sealed. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await openFile(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
