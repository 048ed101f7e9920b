import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSealer,
  deriveKey,
  loadRootKey,
  type RootKey,
  RootKeyUnusable,
  randomToken,
  SealBroken,
  sameSecret,
  sha256,
} from './sealing.ts';

let dataDir: string;
let key: RootKey;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'signalbox-sealing-'));
  key = await loadRootKey(dataDir);
});
afterEach(() => rm(dataDir, { recursive: true }));

describe('the root key', () => {
  it('is made at the first start, for its owner only, and found again at the next', async () => {
    const file = await stat(path.join(dataDir, 'root.key'));
    expect(file.mode & 0o777).toBe(0o600);
    expect(file.size).toBe(32);
    expect(await loadRootKey(dataDir)).toEqual(key);
  });

  it('is one, when two make it at the same time', async () => {
    const folder = path.join(dataDir, 'new');
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadRootKey(folder)));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['root.key']);
  });

  it('is refused when others can read it', async () => {
    await chmod(path.join(dataDir, 'root.key'), 0o640);
    await expect(loadRootKey(dataDir)).rejects.toThrow(RootKeyUnusable);
  });

  it('is refused when it is not whole, instead of being made anew', async () => {
    await writeFile(path.join(dataDir, 'root.key'), 'short', { mode: 0o600 });
    await expect(loadRootKey(dataDir)).rejects.toThrow(/5 bytes instead of 32/);
  });

  it('gives another key for every purpose', () => {
    expect(deriveKey(key, 'seal')).toEqual(deriveKey(key, 'seal'));
    expect(deriveKey(key, 'seal')).not.toEqual(deriveKey(key, 'audit'));
  });
});

describe('sealing', () => {
  it.each([
    ['text', 'päss wörd'],
    ['nothing', ''],
    ['bytes', Buffer.from([0, 255, 10])],
  ])('opens what it sealed: %s', (_, plaintext) => {
    const sealer = createSealer(key);
    expect(sealer.open(sealer.seal(plaintext, 'credential 7'), 'credential 7')).toEqual(Buffer.from(plaintext));
  });

  it('never gives the same twice', () => {
    const sealer = createSealer(key);
    expect(sealer.seal('a', 'x')).not.toBe(sealer.seal('a', 'x'));
  });

  it('does not open in another place', () => {
    const sealer = createSealer(key);
    const sealed = sealer.seal('a', 'credential 7');
    expect(() => sealer.open(sealed, 'credential 8')).toThrow(SealBroken);
  });

  it('notices a change of any single character', () => {
    const sealer = createSealer(key);
    const sealed = sealer.seal('the secret', 'x');
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(() => sealer.open(changed, 'x'), `changed at ${at}`).toThrow(SealBroken);
    }
  });

  it.each(['', 'sb1', 'sb1.a.b.c', 'sb2.a.b.c', 'plain text', 'sb1....'])('refuses %j', (text) => {
    expect(() => createSealer(key).open(text, 'x')).toThrow(SealBroken);
  });

  it('notices a cut tail and an addition', () => {
    const sealer = createSealer(key);
    const sealed = sealer.seal('the secret', 'x');
    expect(() => sealer.open(sealed.slice(0, -4), 'x')).toThrow(SealBroken);
    expect(() => sealer.open(`${sealed}AAAA`, 'x')).toThrow(SealBroken);
    expect(() => sealer.open(`${sealed}=`, 'x')).toThrow(SealBroken);
  });

  it('opens with an older key after a rotation, and says that it is stale', async () => {
    const sealed = createSealer(key).seal('a', 'x');
    const newer = await loadRootKey(path.join(dataDir, 'newer'));
    const sealer = createSealer(newer, [key]);
    expect(sealer.open(sealed, 'x').toString()).toBe('a');
    expect(sealer.isStale(sealed)).toBe(true);
    expect(sealer.isStale(sealer.seal('a', 'x'))).toBe(false);
    expect(() => createSealer(newer).open(sealed, 'x')).toThrow(/not at hand/);
  });
});

describe('helpers', () => {
  it('compare secrets of any length', () => {
    expect(sameSecret('abc', Buffer.from('abc'))).toBe(true);
    expect(sameSecret('abc', 'abd')).toBe(false);
    expect(sameSecret('abc', 'abcd')).toBe(false);
  });

  it('make tokens that may stand in a URL', () => {
    expect(randomToken(24)).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(randomToken()).not.toBe(randomToken());
  });

  it('hash the parts as one', () => {
    expect(sha256('ab', 'c').toString('hex')).toBe(sha256('abc').toString('hex'));
    expect(sha256('').toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
