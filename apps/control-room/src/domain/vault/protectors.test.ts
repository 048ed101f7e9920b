import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createProtectors, readPrivateKey, readPublicKey, showPublicKey } from './protectors.ts';
import { encryptFor } from './transport.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');

/** Of no use but here: made until one ended in a plus sign. */
const ENDS_IN_A_PLUS = [
  'MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCuGacncX+WaQgAXlqoee3+V9QQ93SAQpaxVwaUpHdwsrDtIgXBtVnfOpegiP',
  'c5qfICOlbn0o+23mwRH0QBYReKBwzNa6e2ibKXiAAy19TfRqZZYoweSBqKq0UgK9MkPHP34PK61AYjIPDEU3DpM2ok0c9wYF8RsGEE2J1D0WwT',
  'TR9OR0GWfxTPPiK1A2VCG6u57t3hLrWKKwOKVRcvTgQVMEkp1VCZAoo7k8J65vF4wCDQ/q/7ptYR1a4L8LV/uP6nblF1RuYo1QfhW/vxsNWGAJ',
  'JqHBl3yNHKkltE3sPECDzZK5SxhlW2uBbbflXV8xUY5fr853cF/sL3XcOHexxdAgMBAAECggEAHa6TdDLSPw08lz1+5NLW28JTDip2IwjXQrhU',
  'z6JDl8PrTJ58j0QxJJELeUvopFzgPPd/ygm4xUNh9sBXGooYVoixqtMEFqeeul1uNTzdVsynfz1BKMd/uO0OvbejCX5CAjyIfYg43KPY0IvuR9',
  '/jZJAdtunDQ5OH0ujwVPffHmIDOwJIJSXxBZyHgGiKBZD0U4ZtKHT4M07FF0vnoL1VfgbiKdbO2H2ybSL94V7fdsJc64q4znCsed55LyataCHH',
  'sQbz8hj5rtmBP4g0dtZar/AZWriIQTbMqFiY3+O/Vojij5O+JUI9lLrWfD+Ai+mCYw78fOHgAvuwu+aFz19msQKBgQDjGi+bcBrvWqnuE/us+4',
  '+uA98YW11cOZYvpb5ZuD7bCJWoh8SRbGXNVeesmgrjBm+Kfu4wd4oHOLE7PMeE3gSdA8cy1xXcaDIsE88PO1ixTl/h2yh8TMoBps78zKaD6MKp',
  '9yU19Hj4WF/wrvJE3UxfV3vFZsuFWUxOKDpo8lAmUQKBgQDEQO8njVOVNmgKVcxREogfFTENdoJ9BbTAggoNMHf4mXx3InPkxYIE0Mo4S43p4E',
  '0rUZAXj6wJqADZEs+003cEGaskKVTWUcFwHz5qz/+QSqZBnKB6kjTTMfIMAR79V7fbH/i7f0RqBbS2vvRJHmifmSODgcQ9ZszBDsgIpYK2TQKB',
  'gQC0nazjOIOTfU3MtUPiTaf1w8p4uqFDqeESQAVloa0L0oYEJQZmigllBz9b/J9P81xej5isH0Y9fA8oh6w+tbyBi/GvM3SFeLD+cTqqaI6fZS',
  '/Ilt5aDVBTg/D3CWQdYM8BEjgb8zUKfm6/IsQ3lLEa2p7rXlfa1CxltITP1nd8IQKBgQDDkJ2BAXEoAMZefi8THu9sYfa2nsDbiwMazrrrd8Al',
  'h/Wi1j882qB84f6RaKDrTSw5HZcEE5RxLuxhZEB8xjkUaevEJje3NlMXwtq1H75g8DKKsWStn+JqDpxP4BIcjPvWrR504RawvCzf6puN/XJuj/',
  'D2zCpcsYMaYvtsulnuBQKBgFBBi0ftnbZjrgp4vv4fIEcF3MH/Dlt7KFYXlt4lAVgf+JAc7SWSOxzNvBDohARmLTnxDMQ6DsWz411CSWLj0lTj',
  '0ZLQf1hrEHpo+3Qo+1vbhwD/cD0CvTSRV+HFAu4JT1a5BiCt4A+3yPIX8h7xS4bKy/1etfrjbSPg5/i26iQ+',
].join('');

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
    for (const form of [ENDS_IN_A_PLUS.replaceAll('+', ' '), ` ${ENDS_IN_A_PLUS.replaceAll('+', ' ')}\n`])
      expect(readPrivateKey(form)).toEqual(readPrivateKey(ENDS_IN_A_PLUS));
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
