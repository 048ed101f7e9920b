import { readFile } from 'node:fs/promises';
import { error } from './errors.ts';

/**
 * Keeps a key that never leaves it, and wraps others with that: a key management service, a hardware module, the transit
 * engine below. What it is given are keys of this server, 32 bytes each; never a value of anybody.
 */
export interface KeyService {
  /** For people: which service and which key. Holds no secret. */
  readonly name: string;
  /** @throws vaultKeyService when it does not answer, or refuses */
  wrap(key: Buffer): Promise<string>;
  /** @throws vaultKeyService */
  unwrap(wrapped: string): Promise<Buffer>;
  /** The same key under the newest version of the service's own, without it passing through here. @throws vaultKeyService */
  rewrap(wrapped: string): Promise<string>;
}

export interface TransitSettings {
  /** Without a slash at the end. */
  readonly url: string;
  /** The key's name, or `mount/name` where the engine is not mounted at `transit`. */
  readonly key: string;
  readonly token: string | undefined;
  /** Read at each call: agents that renew tokens write them into a file. */
  readonly tokenFile: string | undefined;
  readonly namespace: string | undefined;
}

const TIME_LIMIT_MS = 5_000;
const RETRY_SECONDS = 5;
const KEY_BYTES = 32;

/**
 * The transit engine of HashiCorp Vault and OpenBao: encrypt, decrypt and rewrap over HTTP with a token.
 * No associated data is sent, because rewrap knows none; a wrapped key that stands in another's place opens no data key.
 */
export function createTransitKeyService(settings: TransitSettings): KeyService {
  const slash = settings.key.lastIndexOf('/');
  const mount = slash < 0 ? 'transit' : settings.key.slice(0, slash);
  const key = settings.key.slice(slash + 1);
  const name = `${settings.url} ${mount}/${key}`;

  async function call(verb: 'encrypt' | 'decrypt' | 'rewrap', body: object, field: string): Promise<string> {
    const path = [...mount.split('/'), verb, key].map(encodeURIComponent).join('/');
    const token = await readToken(settings);
    const answer = await fetch(`${settings.url}/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-vault-token': token,
        'x-vault-request': 'true',
        ...(settings.namespace === undefined ? {} : { 'x-vault-namespace': settings.namespace }),
      },
      body: JSON.stringify(body),
      // A redirect would carry the token and the key to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    }).catch((cause) => {
      throw error('vaultKeyService', `The key service ${name} does not answer.`, { retryAfter: RETRY_SECONDS, cause });
    });
    const text = await answer.text().catch(() => '');
    if (!answer.ok) throw refused(name, verb, answer.status);
    const found = readField(text, field);
    if (found === undefined)
      throw error('vaultKeyService', `The key service ${name} answered ${verb} with something else.`, {
        details: `expected data.${field} in a JSON object`,
      });
    return found;
  }

  return {
    name,
    wrap: (plain) => call('encrypt', { plaintext: plain.toString('base64') }, 'ciphertext'),
    rewrap: (wrapped) => call('rewrap', { ciphertext: wrapped }, 'ciphertext'),
    unwrap: async (wrapped) => {
      const plain = Buffer.from(await call('decrypt', { ciphertext: wrapped }, 'plaintext'), 'base64');
      if (plain.length === KEY_BYTES) return plain;
      throw error('vaultKeyService', `The key service ${name} unwrapped something that is no key of this server.`);
    },
  };
}

/** Its own words may repeat what was sent, so only the status is passed on. */
function refused(name: string, verb: string, status: number): Error {
  const hint =
    status === 403
      ? 'the token may not do this, or is no longer valid'
      : status === 503
        ? 'it is sealed or not ready'
        : 'look into its own log';
  return error('vaultKeyService', `The key service ${name} refused to ${verb} with ${status}: ${hint}.`, {
    retryAfter: RETRY_SECONDS,
  });
}

async function readToken({ token, tokenFile }: TransitSettings): Promise<string> {
  if (tokenFile === undefined) return token ?? '';
  const text = await readFile(tokenFile, 'utf8').catch((cause) => {
    throw error('vaultKeyService', `The file ${tokenFile} with the key service's token cannot be read.`, { cause });
  });
  return text.trim();
}

function readField(text: string, field: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)?.data?.[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
