import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small real server that speaks the transit engine's API: encrypt, decrypt and rewrap with a token. */
export interface TransitServer {
  readonly url: string;
  /** A new version of the key; old ciphertexts still open. */
  rotate(): void;
  /** As a sealed Vault answers: 503 to everything. */
  seal(sealed: boolean): void;
  stop(): Promise<void>;
}

export async function startTransitServer({ token, key }: { token: string; key: string }): Promise<TransitServer> {
  const versions = [randomBytes(32)];
  let sealed = false;

  const encrypt = (plain: Buffer): string => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', versions.at(-1) as Buffer, nonce);
    const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `vault:v${versions.length}:${body.toString('base64')}`;
  };
  const decrypt = (text: string): Buffer => {
    const [, version = '0', body = ''] = /^vault:v(\d+):(.+)$/.exec(text) ?? [];
    const bytes = Buffer.from(body, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', versions[Number(version) - 1] as Buffer, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  };

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    if (sealed) return [503, { errors: ['Vault is sealed'] }];
    if (request.headers['x-vault-token'] !== token) return [403, { errors: ['permission denied'] }];
    const chunks = await request.toArray();
    const body = JSON.parse(Buffer.concat(chunks).toString());
    try {
      if (request.url === `/v1/transit/encrypt/${key}`)
        return [200, { data: { ciphertext: encrypt(Buffer.from(body.plaintext, 'base64')) } }];
      if (request.url === `/v1/transit/decrypt/${key}`)
        return [200, { data: { plaintext: decrypt(body.ciphertext).toString('base64') } }];
      if (request.url === `/v1/transit/rewrap/${key}`)
        return [200, { data: { ciphertext: encrypt(decrypt(body.ciphertext)) } }];
      return [404, { errors: ['no handler for route'] }];
    } catch {
      return [400, { errors: ['invalid ciphertext'] }];
    }
  };

  const server = createServer((request, response) => {
    answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rotate: () => {
      versions.push(randomBytes(32));
    },
    seal: (is) => {
      sealed = is;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
