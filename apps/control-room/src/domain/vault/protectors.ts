import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import type { KeyService } from '../../kernel/key-service.ts';
import { createSealer, type RootKey, SealBroken, sha256 } from '../../kernel/sealing.ts';

/** What wraps a vault key: the installation's root key, the key of the administrators, or a service outside. */
export const PROTECTORS = ['ROOT', 'CUSTOM', 'SERVICE'] as const;
export type Protector = (typeof PROTECTORS)[number];

export interface Protectors {
  /** Made from the private key that was entered at this process, and only ever held in its memory. */
  enter(custom: RootKey | undefined): void;
  readonly entered: () => boolean;
  readonly service: KeyService | undefined;
  /** With `custom` in place of the key that was entered. @throws vaultLocked; vaultKeyService */
  wrap(by: Protector, key: Buffer, custom?: RootKey): Promise<string>;
  /** @throws vaultLocked; vaultKeyService */
  unwrap(by: Protector, wrapped: string): Promise<Buffer>;
}

const PLACE = 'vault-key';

export function createProtectors(root: RootKey, service: KeyService | undefined): Protectors {
  let custom: RootKey | undefined;

  const held = (by: 'ROOT' | 'CUSTOM'): RootKey => {
    if (by === 'ROOT') return root;
    if (custom === undefined) throw locked();
    return custom;
  };
  const reached = (): KeyService => {
    if (service !== undefined) return service;
    throw error('vaultKeyService', 'The vault key is wrapped by a key service that this server is not told of.', {
      details: 'expected SIGNALBOX_VAULT_KEY_SERVICE_URL in its settings',
    });
  };

  return {
    enter: (key) => {
      custom = key;
    },
    entered: () => custom !== undefined,
    service,
    wrap: async (by, key, next) => {
      if (by === 'SERVICE') return reached().wrap(key);
      return createSealer(by === 'CUSTOM' && next !== undefined ? next : held(by)).seal(key, PLACE);
    },
    unwrap: async (by, wrapped) => {
      if (by === 'SERVICE') return reached().unwrap(wrapped);
      try {
        return createSealer(held(by)).open(wrapped, PLACE);
      } catch (cause) {
        // The administrators have changed their key at another server; what was entered here is the one before.
        if (cause instanceof SealBroken && by === 'CUSTOM') throw locked();
        throw cause;
      }
    },
  };
}

function locked(): Error {
  return error('vaultLocked', "The vault is locked at this server: its administrators' private key was not entered.");
}

/** The administrators' own pair, as it comes over the wire. */
export interface OwnKey {
  readonly key: RootKey;
  /** SPKI, DER, base64: what the pair is known by. */
  readonly publicKey: string;
}

const LEAST_BITS = 2_048;
const MOST_BITS = 8_192;

/**
 * Reads a private RSA key: PKCS #8 in base64, or PEM. The pair does not encrypt anything: the wrapping key is derived from
 * its private part, so that what it wraps is also proof against being replaced by those who know the public part.
 * @throws invalid
 */
export function readPrivateKey(text: string): OwnKey {
  const privateKey = parseKey('privateKey', 'PKCS #8', () => createPrivateKey({ ...formOf(text), type: 'pkcs8' }));
  requireRsa(privateKey, 'privateKey');
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const secret = Buffer.from(hkdfSync('sha256', der, '', 'signalbox/vault-own-key/v1', 32));
  return {
    key: { id: sha256(secret).subarray(0, 6).toString('base64url'), secret },
    publicKey: showPublicKey(createPublicKey(privateKey)),
  };
}

/** SPKI in base64, or PEM. @throws invalid */
export function readPublicKey(text: string, where: string): KeyObject {
  const key = parseKey(where, 'SPKI', () => createPublicKey({ ...formOf(text), type: 'spki' }));
  requireRsa(key, where);
  // With an exponent of 1 what is "encrypted" is the text itself.
  if ((key.asymmetricKeyDetails?.publicExponent ?? 0n) < 3n)
    throw error('invalid', `The key in ${where} encrypts nothing.`, {
      details: 'expected a public exponent from 3 on',
    });
  return key;
}

export function showPublicKey(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The form in which `text` holds its key. */
function formOf(
  text: string,
): { readonly key: string; readonly format: 'pem' } | { readonly key: Buffer; readonly format: 'der' } {
  if (text.includes('-----BEGIN')) return { key: text, format: 'pem' };
  return { key: Buffer.from(withPluses(text), 'base64'), format: 'der' };
}

/**
 * A plus sign that nobody escaped arrives out of a URL as a blank. So may the last character be: then it is what the text
 * lacks to be whole groups of four.
 */
function withPluses(text: string): string {
  const begun = text.replace(/[\t\r\n]/g, '').trimStart();
  const core = begun.trimEnd();
  const lacking = (4 - (core.length % 4)) % 4;
  return begun.slice(0, core.length + lacking).replaceAll(' ', '+');
}

function parseKey(where: string, expected: string, parse: () => KeyObject): KeyObject {
  try {
    return parse();
  } catch {
    // The parser's own message is left out: it may show what it choked on.
    throw error('invalid', `What came in ${where} is not a key that can be read.`, {
      details: `expected an RSA key as ${expected} DER in base64, or as PEM`,
    });
  }
}

function requireRsa(key: KeyObject, where: string): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === 'rsa' && bits >= LEAST_BITS && bits <= MOST_BITS) return;
  throw error('invalid', `The key in ${where} cannot be used.`, {
    details: `expected RSA with ${LEAST_BITS} to ${MOST_BITS} bits; came ${key.asymmetricKeyType} with ${bits || 'other'}`,
  });
}
