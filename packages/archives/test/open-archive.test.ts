import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Entry, zipOf } from '../../importers/test-support/zip.ts';
import { type Archive, type ArchiveOptions, openArchive } from '../src/index.ts';

const limits = { files: 10, fileBytes: 10_000_000, totalBytes: 20_000_000, ratio: 200, freeOfRatio: 1_000_000 };
const open = async (entries: readonly Entry[], options: Partial<ArchiveOptions> = {}): Promise<Archive> =>
  openArchive(Buffer.from(await zipOf(entries)), { limits, refuse: (fault) => fault, ...options });
const pathsOf = (archive: Archive): string[] => archive.files.map(({ path }) => path);

describe('an archive', () => {
  it('tells its files with clean paths, and gives the content of each in pieces or at once', async () => {
    const archive = await open([
      ['./a//b.txt', 'words'],
      ['c\\d', 'more'],
      ['folder/', ''],
    ]);
    expect(pathsOf(archive)).toEqual(['a/b.txt', 'c/d']);
    const [file] = archive.files;
    expect((await file?.read(5))?.toString()).toBe('words');
    expect(Buffer.concat(await Array.fromAsync(file?.content() ?? [])).toString()).toBe('words');
    await expect(file?.read(4)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is not held responsible for what is left out', async () => {
    const leaveOut = (path: string): boolean => path.startsWith('junk/');
    const junk: Entry = ['junk/big', new Uint8Array(9_000_000)];
    await expect(open([junk])).rejects.toMatchObject({ code: 'swelling' });
    expect(pathsOf(await open([['a', 'x'], junk], { leaveOut }))).toEqual(['a']);
  });

  it('may have a file and a folder of one name, unless it is for a disk', async () => {
    const twins: Entry[] = [
      ['Bots/Mail', 'x'],
      ['bots/mail/Child', 'x'],
    ];
    expect(pathsOf(await open(twins))).toHaveLength(2);
    await expect(open(twins, { forDisk: true })).rejects.toMatchObject({ code: 'duplicate-path' });
  });

  it('is refused with the error of whoever asked for it, wherever it is found out', async () => {
    class Refusal extends Error {}
    const refuse = ({ code }: { readonly code: string }): Refusal => new Refusal(code);
    await expect(open([['../x', 'x']], { refuse })).rejects.toThrow(new Refusal('climbing-path'));
    await expect(openArchive(Buffer.from('no'), { limits, refuse })).rejects.toThrow(new Refusal('not-a-zip'));
    const liar = Buffer.from(await zipOf([['liar', randomBytes(5_000)]]));
    // The uncompressed size in the central directory.
    liar.writeUInt32LE(10, liar.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24);
    const { files } = await openArchive(liar, { limits, refuse });
    await expect(files[0]?.read(100)).rejects.toThrow(new Refusal('damaged'));
  });
});
