import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openImport } from '../src/index.ts';
import { botText, type Entry, testFolder, zipOf } from './support.ts';

const { write } = testFolder();
const good: Entry = ['Automation Anywhere/Bots/Good', botText()];
const open = async (entries: readonly Entry[], limits = {}) =>
  openImport(write('a.zip', await zipOf([good, ...entries])), limits);

describe('an archive of a stranger', () => {
  it.each<[string, string]>([
    ['../../etc/passwd', 'climbing-path'],
    ['Automation Anywhere\\..\\..\\x', 'climbing-path'],
    ['a/../../b', 'climbing-path'],
    ['/etc/passwd', 'absolute-path'],
    ['\\\\server\\share\\x', 'absolute-path'],
    ['C:\\Windows\\x', 'absolute-path'],
    ['c:x', 'absolute-path'],
    ['a\u0007b', 'bad-name'],
  ])('with a file %j is refused as a whole', async (name, code) => {
    await expect(open([[name, 'x']])).rejects.toMatchObject({ name: 'ImportRefusal', code });
  });

  it.each([
    ['Automation Anywhere/Bots/good', botText()],
    ['automation anywhere\\bots\\GOOD', botText()],
  ])('with a twin %j in other letters is refused', async (name, content) => {
    await expect(open([[name, content]])).rejects.toMatchObject({ code: 'duplicate-path' });
  });

  it('with a link is refused', async () => {
    const link = { externalFileAttributes: (0o120777 << 16) >>> 0, versionMadeBy: (3 << 8) | 20 };
    await expect(open([['Automation Anywhere/Bots/link', '/etc', link]])).rejects.toMatchObject({ code: 'link' });
  });

  it('that is encrypted is refused in words, in the old way and in AES', async () => {
    for (const zipCrypto of [true, false]) {
      const opening = open([['Automation Anywhere/Bots/secret', 'x', { password: 'p', zipCrypto }]]);
      await expect(opening).rejects.toThrow(/encrypted .* without a password/);
    }
  });

  it('that would swell is refused before anything is unpacked', async () => {
    const zeros = new Uint8Array(12_000_000);
    await expect(open([['big', zeros]])).rejects.toMatchObject({ code: 'swelling' });
    const entries = Array.from({ length: 20 }, (_, at): Entry => [`big ${at}`, new Uint8Array(9_000_000)]);
    await expect(open(entries)).rejects.toMatchObject({ code: 'swelling' });
  });

  it('is refused beyond the limits of files and bytes', async () => {
    await expect(open([['a', 'x']], { files: 1 })).rejects.toMatchObject({ code: 'too-many-files' });
    await expect(open([['a', randomBytes(2_000)]], { fileBytes: 1_000 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(open([['a', randomBytes(900)]], { totalBytes: 800 })).rejects.toMatchObject({ code: 'too-large' });
  });

  it('that claims less than it holds is caught when the file is read', async () => {
    const bytes = Buffer.from(await zipOf([good, ['Automation Anywhere/Bots/liar.bin', randomBytes(5_000)]]));
    // The uncompressed size in the second entry of the central directory.
    const directory = bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    bytes.writeUInt32LE(10, directory + 24);
    await expect(openImport(write('liar.zip', bytes))).resolves.toMatchObject({
      bots: [{ path: 'Automation Anywhere/Bots/Good' }],
      problems: [{ code: 'unreadable-file' }],
    });
  });

  it('that is cut off, or none at all, says so', async () => {
    const whole = await zipOf([good]);
    await expect(openImport(write('cut.zip', whole.slice(0, -30)))).rejects.toMatchObject({ code: 'not-a-zip' });
  });

  it('with changed bytes names the damaged file and gives the others', async () => {
    const bytes = Buffer.from(await zipOf([good, ['Automation Anywhere/Bots/Bad', botText(), { level: 0 }]]));
    bytes[bytes.lastIndexOf('triggers')] = 'T'.charCodeAt(0);
    const opened = await openImport(write('changed.zip', bytes));
    expect(opened.bots).toHaveLength(1);
    expect(opened.problems).toMatchObject([{ path: 'Automation Anywhere/Bots/Bad', message: /check sum/ }]);
    opened.close();
  });
});
