import { sql } from 'kysely';
import type { PoolClient } from 'pg';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { escapeCopy, openCopy } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { createLimit } from '../../kernel/limit.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { expiryOf, type RequestFacts } from './add-items.ts';
import { matchHeader, type Row, readRow } from './file-rows.ts';
import { hashPayload } from './payload.ts';
import { compileProcessingKey } from './processing-key.ts';
import { type QueueDefinition, type Queues, rightsOn } from './queues.ts';
import { openTable, type TableFile } from './table-files.ts';

/** What became of the rows of a file. */
export interface LoadReceipt {
  readonly read: number;
  /** In the queue now, NEW or DATA_ERROR. */
  readonly loaded: number;
  /** Of those: not fit to be worked, with the reason on the item. */
  readonly wrong: number;
  /** Left out, because the queue allows no duplicates. */
  readonly duplicate: number;
  /** The first rows that were wrong or left out. `row` counts as a spreadsheet does: the header is 1. */
  readonly faults: readonly { readonly row: number; readonly reason: string }[];
}

/** How many faults the receipt spells out; the items themselves carry all of them. */
const MOST_FAULTS = 100;
/** Files on their way at once in a process: each takes three connections of the pool. The next waits, its upload with it. */
const MOST_LOADS = 3;
/** Rows on their way at once: what bounds the memory, whatever the file's size. */
const CHUNK = 5_000;

/**
 * Loads a CSV or XLSX file into a queue (contract b §1.12). Streamed: rows are read, checked and copied a few thousand at
 * a time. One transaction: nothing of the file can be seen before all of it is in (the vendor's DRAFT), and a fault of
 * the file loads nothing. A fault of a row makes that row DATA_ERROR.
 *
 * Measured, a million rows of five columns: 20 s with reading and copying in turns; 12 s with the next chunk read while
 * PostgreSQL takes the last; 7.4 s with one COPY for all states and one, on a connection of its own, for all payloads.
 * What is left is PostgreSQL's: five seconds go into the states and their three indexes, COPY of the same file into a
 * table without any takes 0.8 s. docs/benchmarks.md.
 */
export function createLoading(database: Database, queues: Queues) {
  const inTurn = createLimit(MOST_LOADS);
  return async function load(
    caller: Caller,
    queueId: number,
    file: TableFile,
    facts: RequestFacts,
  ): Promise<LoadReceipt> {
    const queue = await queues.get(caller, queueId);
    if (!rightsOn(queue, caller).act) {
      throw error('forbidden', `${caller.username} may not add items to the queue "${queue.name}".`, {
        details: 'needed: owner or participant of the queue',
      });
    }
    const table = await openTable(file).catch((cause) => {
      throw file.truncated() ? tooLarge() : cause;
    });
    const columns = matchHeader(queue, table.header);
    return inTurn(() =>
      withConnections(database, (payloads, numbers) =>
        database.transaction(async (tx) => {
          const receipt = {
            read: 0,
            loaded: 0,
            wrong: 0,
            duplicate: 0,
            faults: [] as { row: number; reason: string }[],
          };
          const writer = await createWriter({ tx, payloads, numbers, queue, caller, receipt });
          try {
            let chunk: Row[] = [];
            for await (const cells of table.rows) {
              receipt.read++;
              chunk.push(readRow(queue.attributes, columns, cells, receipt.read + 1));
              if (chunk.length < CHUNK) continue;
              await writer.write(chunk);
              chunk = [];
            }
            if (chunk.length > 0) await writer.write(chunk);
            await writer.end();
          } catch (cause) {
            await writer.abort();
            // Cut off at the limit, a file is broken as well; the limit is what its sender must know.
            throw file.truncated() ? tooLarge() : cause;
          }
          if (file.truncated()) throw tooLarge();
          const { read, loaded, wrong, duplicate } = receipt;
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'workItem.loadFile',
            subject: { type: 'queue', id: queue.id, name: queue.name },
            details: { file: file.name, read, loaded, wrong, duplicate },
            ...facts,
          });
          if (loaded > wrong) await announce(tx, 'queue', queue.id);
          // First the payloads, then the items that have them: whoever sees an item finds its payload. Should the server die
          // in between, some payloads without an item are left, which nobody sees.
          await payloads.query('commit');
          return receipt;
        }),
      ),
    );
  };
}

/**
 * Two connections beside the transaction's own: PostgreSQL takes states and payloads each in a process of its own, and
 * a third draws the numbers while both are busy.
 */
async function withConnections<T>(
  database: Database,
  work: (payloads: PoolClient, numbers: PoolClient) => Promise<T>,
): Promise<T> {
  const clients = await Promise.all([database.connect(), database.connect()]);
  const ignore = (): void => {};
  for (const client of clients) client.on('error', ignore);
  let broken = true;
  try {
    await clients[0].query('begin');
    const result = await work(...clients);
    broken = false;
    return result;
  } finally {
    for (const client of clients) {
      client.off('error', ignore);
      // Closed with its transaction open, it rolls back.
      client.release(broken);
    }
  }
}

function tooLarge(): Error {
  return error('tooLarge', 'The file is larger than this server takes; nothing of it was loaded.');
}

interface Receipt {
  loaded: number;
  wrong: number;
  duplicate: number;
  faults: { row: number; reason: string }[];
}

interface Target {
  readonly tx: Transaction;
  readonly payloads: PoolClient;
  readonly numbers: PoolClient;
  readonly queue: QueueDefinition;
  readonly caller: Caller;
  readonly receipt: Receipt;
}

/** Copies chunks of rows: the states on the transaction's own connection, the payloads beside it. */
async function createWriter({ tx, payloads, numbers, queue, caller, receipt }: Target) {
  const keyOf = compileProcessingKey(queue.attributes, queue.processingOrder);
  const expiry = expiryOf(queue.expiry);
  // As texts: what stands in every row alike is written out once.
  const moment = await tx.first(
    sql<{ now: string; expires: string | null }>`select present()::text as now,
      coalesce(${expiry.at}::timestamptz, present() + make_interval(secs => ${expiry.seconds}::float8))::text as expires`,
  );
  const tail = `\t${moment?.expires ?? '\\N'}\t${caller.userId}\t${moment?.now}\t${caller.userId}\t${moment?.now}\n`;
  const states = openCopy(
    tx.client,
    `copy work_item (id, position, queue_id, status, processing_key, unique_hash, error, expires_on, created_by, created_on, updated_by, updated_on) from stdin`,
  );
  const contents = openCopy(payloads, 'copy work_item_payload (work_item_id, json) from stdin');

  function note({ row }: Row, reason: string): void {
    if (receipt.faults.length < MOST_FAULTS) receipt.faults.push({ row, reason });
  }

  function stateOf({ json, fault }: Row, id: number | undefined): string {
    const key = keyOf(json);
    const hash = queue.disallowDuplicate ? `\\\\x${hashPayload(queue, json).toString('hex')}` : '\\N';
    const status = fault === undefined ? 'NEW' : 'DATA_ERROR';
    const reason = fault === undefined ? '\\N' : escapeCopy(fault);
    return `${id}\t${id}\t${queue.id}\t${status}\t\\\\x${key.toString('hex')}\t${hash}\t${reason}${tail}`;
  }

  return {
    async write(chunk: readonly Row[]): Promise<void> {
      const rows = queue.disallowDuplicate ? await withoutDuplicates(tx, queue, chunk, receipt, note) : chunk;
      if (rows.length === 0) return;
      const drawn = await numbers.query<{ ids: number[] }>(
        `select array_agg(nextval('work_item_id')) as ids from generate_series(1, $1)`,
        [rows.length],
      );
      const ids = drawn.rows[0]?.ids ?? [];
      for (const row of rows) {
        if (row.fault === undefined) continue;
        receipt.wrong++;
        note(row, row.fault);
      }
      await Promise.all([
        states.write(rows.map((row, i) => stateOf(row, ids[i])).join('')),
        contents.write(rows.map(({ json }, i) => `${ids[i]}\t${escapeCopy(JSON.stringify(json))}\n`).join('')),
      ]);
      // The next chunk's duplicates are looked for in the table, so this one must be in it.
      if (queue.disallowDuplicate) await states.end();
      receipt.loaded += rows.length;
    },
    end: () => Promise.all([states.end(), contents.end()]),
    abort: () => Promise.all([states.abort(), contents.abort()]),
  };
}

/** Leaves out rows whose values are in the queue already or stood earlier in the file. */
async function withoutDuplicates(
  tx: Transaction,
  queue: QueueDefinition,
  chunk: readonly Row[],
  receipt: Receipt,
  note: (row: Row, reason: string) => void,
): Promise<Row[]> {
  const hashes = chunk.map(({ json }) => hashPayload(queue, json));
  const there = await tx.all(sql<{ hash: string }>`select encode(unique_hash, 'hex') as hash from work_item
    where queue_id = ${queue.id} and unique_hash = any(${hashes})`);
  const seen = new Set(there.map(({ hash }) => hash));
  return chunk.filter((row, i) => {
    const hash = hashes[i]?.toString('hex') ?? '';
    if (!seen.has(hash)) {
      seen.add(hash);
      return true;
    }
    receipt.duplicate++;
    note(row, 'An item with the same values is in the queue already.');
    return false;
  });
}
