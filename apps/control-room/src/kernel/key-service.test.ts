import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTransitServer, type TransitServer } from '../../test-support/transit-server.ts';
import { createTransitKeyService } from './key-service.ts';

let server: TransitServer;
beforeEach(async () => {
  server = await startTransitServer({ token: 'hvs.right', key: 'signalbox' });
});
afterEach(() => server.stop());

const service = (more: object = {}) =>
  createTransitKeyService({
    url: server.url,
    key: 'signalbox',
    token: 'hvs.right',
    tokenFile: undefined,
    namespace: undefined,
    ...more,
  });

describe('the transit engine as key service', () => {
  it('wraps a key so that only it can unwrap it', async () => {
    const key = randomBytes(32);
    const wrapped = await service().wrap(key);
    expect(wrapped).toMatch(/^vault:v1:/);
    expect(wrapped).not.toContain(key.toString('base64'));
    expect(await service().unwrap(wrapped)).toEqual(key);
  });

  it('brings a wrapped key under the newest version of its own', async () => {
    const key = randomBytes(32);
    const wrapped = await service().wrap(key);
    server.rotate();
    const anew = await service().rewrap(wrapped);
    expect(anew).toMatch(/^vault:v2:/);
    expect(await service().unwrap(anew)).toEqual(key);
    expect(await service().unwrap(wrapped)).toEqual(key);
  });

  it('reads its token anew at each call, as it is renewed by others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-token-'));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'hvs.old\n');
    const fromFile = service({ token: undefined, tokenFile });
    await expect(fromFile.wrap(randomBytes(32))).rejects.toMatchObject({ kind: 'vaultKeyService' });
    await writeFile(tokenFile, 'hvs.right\n');
    await expect(fromFile.wrap(randomBytes(32))).resolves.toMatch(/^vault:/);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['a wrong token', { token: 'hvs.wrong' }, /refused to encrypt with 403/],
    ['a key that is not there', { key: 'other' }, /refused to encrypt with 404/],
    ['another mount', { key: 'elsewhere/signalbox' }, /refused to encrypt with 404/],
    ['nobody there', { url: 'http://127.0.0.1:1' }, /does not answer/],
  ])('says what is wrong with %s, and never the token or the key', async (_what, more, words) => {
    const key = randomBytes(32);
    const refusal = await service(more)
      .wrap(key)
      .catch((cause) => cause);
    expect(refusal).toMatchObject({ kind: 'vaultKeyService', status: 503 });
    expect(refusal.message).toMatch(words);
    expect(JSON.stringify([refusal.message, refusal.details])).not.toContain(key.toString('base64'));
    expect(refusal.message).not.toContain('hvs.');
  });

  it('refuses an answer that is none', async () => {
    const wrapped = await service().wrap(randomBytes(16));
    await expect(service().unwrap(wrapped)).rejects.toThrow(/no key of this server/);
    await expect(service().unwrap('vault:v1:changed')).rejects.toThrow(/refused to decrypt with 400/);
  });
});
