import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';

export interface KeptArchive {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: Buffer;
}

export interface ArchiveWriter {
  readonly id: string;
  /** Resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** From here on it is whole, and can be read. */
  end(): Promise<KeptArchive>;
}

/** Of a piece: what a process holds of an archive, however large that is. */
const CHUNK_BYTES = 1024 ** 2;
/** Nobody needs longer for the next piece of an upload. */
const ABANDONED_AFTER = '1 day';

/**
 * Archives in pieces, in the database: so every server can read what another was given, and a restart loses nothing.
 * Each piece is a statement of its own; whoever uploads slowly holds no connection and no transaction.
 */
export function createArchives(database: Database) {
  async function open(): Promise<ArchiveWriter> {
    const id = randomUUID();
    await database.all(sql`insert into blm_archive (id) values (${id})`);
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(CHUNK_BYTES);
    let filled = 0;

    async function flush(): Promise<void> {
      if (filled === 0) return;
      const content = piece.subarray(0, filled);
      hash.update(content);
      const kept = await database.first(
        sql`with grown as (
            update blm_archive set chunks = chunks + 1, size = size + ${filled}::int, touched_on = present()
            where id = ${id} and sha256 is null returning chunks
          ) insert into blm_archive_chunk (archive_id, number, content)
          select ${id}::uuid, chunks - 1, ${content}::bytea from grown returning number`,
      );
      if (!kept) throw error('unavailable', 'The archive was forgotten while it was written.');
      filled = 0;
    }

    return {
      id,
      async write(bytes) {
        for (let rest = bytes; rest.length > 0; ) {
          const part = rest.subarray(0, CHUNK_BYTES - filled);
          piece.set(part, filled);
          filled += part.length;
          rest = rest.subarray(part.length);
          if (filled === CHUNK_BYTES) await flush();
        }
      },
      async end() {
        await flush();
        const sha256 = hash.digest();
        const row = await database.first(
          sql<{
            size: number;
          }>`update blm_archive set sha256 = ${sha256} where id = ${id} and sha256 is null returning size`,
        );
        if (!row) throw error('unavailable', 'The archive was forgotten while it was written.');
        return { id, size: row.size, sha256 };
      },
    };
  }

  /** @throws notFound when it is not there, or not whole */
  async function find(id: string): Promise<KeptArchive> {
    const found = await database.first(
      sql<KeptArchive>`select id, size, sha256 from blm_archive where id = ${id} and sha256 is not null`,
    );
    if (!found) throw error('notFound', 'The archive is no longer kept.');
    return found;
  }

  async function readChunk(id: string, number: number): Promise<Buffer> {
    const row = await database.first(
      sql<{ content: Buffer }>`select content from blm_archive_chunk where archive_id = ${id} and number = ${number}`,
    );
    if (!row) throw error('notFound', 'The archive is no longer kept.');
    return row.content;
  }

  return {
    open,
    find,

    /** From its first byte to its last, a piece at a time. */
    async *read({ id, size }: KeptArchive): AsyncGenerator<Buffer> {
      for (let number = 0; number * CHUNK_BYTES < size; number++) yield await readChunk(id, number);
    },

    /** Any range of bytes. What lies close together is read once: the last two pieces are remembered. */
    ranges({ id, size }: KeptArchive): (from: number, length: number) => Promise<Uint8Array> {
      const recent = new Map<number, Buffer>();
      async function chunk(number: number): Promise<Buffer> {
        const known = recent.get(number) ?? (await readChunk(id, number));
        recent.delete(number);
        recent.set(number, known);
        for (const oldest of recent.keys()) if (recent.size > 2) recent.delete(oldest);
        return known;
      }
      return async (from, length) => {
        const end = Math.min(size, from + length);
        const result = new Uint8Array(Math.max(0, end - from));
        for (let at = from; at < end; ) {
          const number = Math.floor(at / CHUNK_BYTES);
          const inside = at - number * CHUNK_BYTES;
          const part = (await chunk(number)).subarray(inside, Math.min(CHUNK_BYTES, inside + end - at));
          result.set(part, at - from);
          at += part.length;
        }
        return result;
      };
    },

    async forget(id: string): Promise<void> {
      await database.all(sql`delete from blm_archive where id = ${id}`);
    },

    /** What was begun and never ended: its server was killed, or its client went away. */
    async sweep(): Promise<void> {
      await database.all(
        sql`delete from blm_archive a where touched_on < present() - ${ABANDONED_AFTER}::interval
          and not exists (select from blm_job j where j.archive_id = a.id)`,
      );
    },
  };
}

export type Archives = ReturnType<typeof createArchives>;
