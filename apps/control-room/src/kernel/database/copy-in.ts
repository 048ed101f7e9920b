import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A COPY into a table that stays open over many writes; PostgreSQL never waits for the next one to be announced. */
export interface CopyIn {
  /** Resolves when more may come: what is on its way is bounded. */
  write(lines: string): Promise<void>;
  /** Ends the COPY; the next write begins another. */
  end(): Promise<void>;
  /** Gives the COPY up, so that its connection can roll back. */
  abort(): Promise<void>;
}

export function openCopy(client: PoolClient, statement: string): CopyIn {
  let stream: ReturnType<typeof copyFrom> | undefined;
  let failure: unknown;

  function open(): ReturnType<typeof copyFrom> {
    const fresh = client.query(copyFrom(statement));
    // What fails between two writes is told by the next.
    fresh.on('error', (cause) => {
      failure ??= cause;
    });
    return fresh;
  }

  return {
    async write(lines) {
      if (failure !== undefined) throw failure;
      stream ??= open();
      if (!stream.write(Buffer.from(lines, 'utf8'))) await once(stream, 'drain');
    },
    async end() {
      if (failure !== undefined) throw failure;
      const ending = stream;
      stream = undefined;
      if (!ending) return;
      ending.end();
      await finished(ending);
    },
    async abort() {
      const ending = stream;
      stream = undefined;
      if (!ending || ending.destroyed) return;
      ending.destroy(new Error('The load was given up.'));
      await finished(ending).catch(() => {});
    },
  };
}

/** A value in COPY's text format. */
export function escapeCopy(text: string): string {
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r')
    : text;
}
