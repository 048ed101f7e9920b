import { sql } from 'kysely';
import { streamBlob } from '../../kernel/blobs.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Facts, Sent, Transfers } from '../transfers/index.ts';
import { createStored } from './assets.ts';
import { createUploads } from './uploads.ts';

/** By an address of its own. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Files and values that robots share, by name, in a workspace. */
export function createAssets({ database }: Kernel, transfers: Transfers) {
  const uploads = createUploads(database);

  transfers.offer('asset.upload', {
    mostBytes: MOST_BYTES,
    receive: ({ upload }, { content }) => uploads.complete(String(upload), content),
  });
  transfers.offer('asset.content', { mostBytes: 0, send: fetchContent });

  /** What the asset holds when it is fetched, which may be newer than the address. */
  async function fetchContent({ asset }: Facts): Promise<Sent> {
    const row = await database.first(
      sql<{
        name: string;
        type: string;
        sha256: Buffer;
        size: number;
      }>`select name, content_type as type, content_sha256 as sha256,
          content_size as size from asset where id = ${asset}::uuid and content_sha256 is not null`,
    );
    if (!row) throw error('notFound', 'The asset is no longer there.');
    return { content: streamBlob(database, row), type: row.type, fileName: row.name, size: row.size };
  }

  return {
    ...createStored(database),
    uploads,
    /** Where its content can be fetched. */
    contentTicket: (id: string): Promise<string> => transfers.ticketFor('asset.content', { asset: id }),
    /** Where the content of an upload is sent. */
    uploadTicket: (id: string): Promise<string> => transfers.ticketFor('asset.upload', { upload: id }),
  };
}

export type Assets = ReturnType<typeof createAssets>;
export type { Asset } from './asset.ts';
export type { Upload } from './uploads.ts';
