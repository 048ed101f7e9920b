import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Connection } from './database/index.ts';
import { error } from './errors.ts';

/** Content addressed by its SHA-256, kept in the database in the same transaction as what names it. */
export interface BlobReference {
  readonly sha256: Buffer;
  readonly size: number;
}

export async function keepBlob(connection: Connection, content: Buffer): Promise<BlobReference> {
  const sha256 = createHash('sha256').update(content).digest();
  await connection.all(
    sql`insert into blob (sha256, size, content) values (${sha256}, ${content.length}, ${content}) on conflict do nothing`,
  );
  return { sha256, size: content.length };
}

export async function readBlob(connection: Connection, sha256: Buffer): Promise<Buffer> {
  const row = await connection.first(sql<{ content: Buffer }>`select content from blob where sha256 = ${sha256}`);
  if (!row) throw error('notFound', 'The content is no longer kept.');
  return row.content;
}
