import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { type Connection, type Database, violatedConstraint } from './database/index.ts';
import { error } from './errors.ts';

/** Content addressed by its SHA-256, kept in the database in the same transaction as what names it. */
export interface BlobReference {
  readonly sha256: Buffer;
  readonly size: number;
}

/** A column of bytes arrives as text of twice its length: what is larger comes in pieces. */
const WHOLE_BYTES = 8 * 1024 * 1024;
const SLICE_BYTES = 1024 * 1024;
/** How long one that nothing names any more stays, for those who are reading it. */
const LEFT_SECONDS = 3_600;
const BATCH = 1_000;

/** Belongs to the transaction that names it: until that is over, nobody else takes the content away. */
export async function keepBlob(connection: Connection, content: Buffer): Promise<BlobReference> {
  const sha256 = createHash('sha256').update(content).digest();
  for (;;) {
    const kept =
      (await connection.first(
        sql`insert into blob (sha256, size, content) values (${sha256}, ${content.length}, ${content})
          on conflict do nothing returning size`,
      )) ??
      // It was there; it may be going this very moment, and then is kept anew.
      (await connection.first(sql`select size from blob where sha256 = ${sha256} for key share`));
    if (kept) return { sha256, size: content.length };
  }
}

export async function readBlob(connection: Connection, sha256: Buffer): Promise<Buffer> {
  const row = await connection.first(
    sql<{
      size: number;
      content: Buffer | null;
    }>`select size, case when size <= ${WHOLE_BYTES} then content end as content
      from blob where sha256 = ${sha256}`,
  );
  if (!row) throw noLongerKept();
  if (row.content !== null) return row.content;
  const slices: Buffer[] = [];
  for await (const slice of blobSlices(connection, sha256, row.size)) slices.push(slice);
  return Buffer.concat(slices);
}

/** For whoever passes it on: no more than a piece of it is in memory. */
export function streamBlob(connection: Connection, { sha256, size }: BlobReference): Readable {
  return Readable.from(blobSlices(connection, sha256, size), { objectMode: false });
}

/** Piece by piece. @throws notFound */
export async function* blobSlices(connection: Connection, sha256: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; at += SLICE_BYTES) {
    const row = await connection.first(
      sql<{ slice: Buffer }>`select substring(content from ${at + 1}::int for ${SLICE_BYTES}::int) as slice
        from blob where sha256 = ${sha256}`,
    );
    if (!row) throw noLongerKept();
    yield row.slice;
  }
}

const noLongerKept = () => error('notFound', 'The content is no longer kept.');

/** What a transaction stops naming. It is taken away later, so that those who are reading it come to its end. */
export async function leaveBlobs(connection: Connection, blobs: readonly Buffer[]): Promise<void> {
  if (blobs.length === 0) return;
  await connection.all(sql`insert into blob_left (sha256) select distinct unnest(${[...blobs]}::bytea[])
    on conflict (sha256) do update set left_on = excluded.left_on`);
}

/** A background duty: takes away what was left an hour ago, unless something else names it. */
export async function forgetLeftBlobs(database: Database): Promise<void> {
  for (;;) {
    const left = await database.all(
      sql<{ sha256: Buffer }>`delete from blob_left where sha256 in (
        select sha256 from blob_left where left_on < present() - make_interval(secs => ${LEFT_SECONDS}) limit ${BATCH} for update skip locked)
        returning sha256`,
    );
    for (const { sha256 } of left) {
      await database.all(sql`delete from blob where sha256 = ${sha256}`).catch((cause) => {
        // The same content may be in use elsewhere: then a reference to it refuses, and it stays.
        if (violatedConstraint(cause) === undefined) throw cause;
      });
    }
    if (left.length < BATCH) return;
  }
}
