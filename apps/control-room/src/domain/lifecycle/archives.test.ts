import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test-support/database.ts';
import { createArchives } from './archives.ts';

const MIB = 1024 ** 2;

async function archiveOf(bytes: Buffer, pieces: number) {
  const test = await testDatabase();
  const archives = createArchives(test.database);
  const writer = await archives.open();
  const length = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += length) await writer.write(bytes.subarray(at, at + length));
  return { ...test, archives, writer };
}

describe('An archive in pieces', () => {
  it('is read as it was written, from end to end and in any range', async () => {
    const bytes = randomBytes(3 * MIB + 12_345);
    const { archives, writer } = await archiveOf(bytes, 7);
    const kept = await writer.end();
    expect(kept).toMatchObject({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest() });
    expect(Buffer.concat(await Array.fromAsync(archives.read(kept)))).toEqual(bytes);
    const ranges = archives.ranges(kept);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length + 10), fc.nat(2 * MIB), async (from, length) => {
        expect(Buffer.from(await ranges(from, length)).equals(bytes.subarray(from, from + length))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('whose size is a whole number of pieces has no empty one', async () => {
    const { archives, writer, database } = await archiveOf(randomBytes(2 * MIB), 2);
    const kept = await writer.end();
    expect((await Array.fromAsync(archives.read(kept))).map(({ length }) => length)).toEqual([MIB, MIB]);
    expect(await database.all(sql`select 1 from blm_archive_chunk`)).toHaveLength(2);
  });

  it('is not to be read before it is whole', async () => {
    const { archives, writer } = await archiveOf(randomBytes(MIB), 1);
    await expect(archives.find(writer.id)).rejects.toMatchObject({ kind: 'notFound' });
    await writer.end();
    await expect(archives.find(writer.id)).resolves.toMatchObject({ size: MIB });
  });

  it('that nobody goes on with is forgotten a day after its last piece', async () => {
    const { archives, writer, database, advance } = await archiveOf(randomBytes(MIB), 1);
    await advance({ hours: 23 });
    await writer.write(randomBytes(MIB));
    await advance({ hours: 23 });
    await archives.sweep();
    expect(await database.all(sql`select 1 from blm_archive_chunk`)).toHaveLength(2);
    await advance({ hours: 2 });
    await archives.sweep();
    expect(await database.all(sql`select 1 from blm_archive_chunk`)).toHaveLength(0);
    await expect(writer.end()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
