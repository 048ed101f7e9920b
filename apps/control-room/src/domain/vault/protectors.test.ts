import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createProtectors, readPrivateKey, readPublicKey, showPublicKey } from './protectors.ts';
import { encryptFor } from './transport.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');

describe('a private key of the administrators', () => {
  it('is the same in every form in which it may come', () => {
    const forms = [
      der,
      ` ${der}\n`,
      der.replaceAll('+', ' '),
      pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    ];
    for (const form of forms) expect(readPrivateKey(form)).toEqual(readPrivateKey(der));
    expect(readPrivateKey(der).publicKey).toBe(showPublicKey(pair.publicKey));
  });

  it.each([
    ['nothing', ''],
    ['a public key', pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
    [
      'an elliptic curve',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
    ['half a key', der.slice(0, 400)],
  ])('is not %s, and the refusal does not show it', (_what, text) => {
    expect(() => readPrivateKey(text)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(() => readPrivateKey(text)).not.toThrow(text.slice(0, 40) || 'nothing to show');
  });
});

describe('a protector', () => {
  const root = { id: 'root', secret: randomBytes(32) };

  it('opens what it wrapped, and nothing that another one did', async () => {
    const key = randomBytes(32);
    const [one, two] = [
      createProtectors(root, undefined),
      createProtectors({ ...root, secret: randomBytes(32) }, undefined),
    ];
    const wrapped = await one.wrap('ROOT', key);
    expect(await one.unwrap('ROOT', wrapped)).toEqual(key);
    await expect(two.unwrap('ROOT', wrapped)).rejects.toThrow(/was changed/);
    await expect(one.wrap('CUSTOM', key)).rejects.toMatchObject({ kind: 'vaultLocked' });
    await expect(one.wrap('SERVICE', key)).rejects.toMatchObject({ kind: 'vaultKeyService' });
    one.enter(readPrivateKey(der).key);
    const custom = await one.wrap('CUSTOM', key);
    expect(await one.unwrap('CUSTOM', custom)).toEqual(key);
    await expect(one.unwrap('ROOT', custom)).rejects.toThrow(/not at hand/);
    one.enter(undefined);
    await expect(one.unwrap('CUSTOM', custom)).rejects.toMatchObject({ kind: 'vaultLocked' });
  });
});

describe('a key to encrypt answers with', () => {
  it('encrypts something', () => {
    const { n } = pair.publicKey.export({ format: 'jwk' });
    const one = createPublicKey({ key: { kty: 'RSA', n: String(n), e: 'AQ' }, format: 'jwk' });
    expect(() => readPublicKey(showPublicKey(one), 'encryptionKey')).toThrow(/encrypts nothing/);
  });

  it('takes as much as RSA-OAEP with SHA-256 has room for', () => {
    expect(encryptFor(pair.publicKey, 'x'.repeat(190), 'a')).toHaveLength(344);
    expect(() => encryptFor(pair.publicKey, 'x'.repeat(191), 'a')).toThrow(/191 bytes; a key of 2048 bits takes 190/);
    expect(() => encryptFor(pair.publicKey, 'ä'.repeat(96), 'a')).toThrow(/192 bytes/);
  });
});
