import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { from as copyFrom } from 'pg-copy-streams';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { expiryOf, type RequestFacts } from './add-items.ts';
import type { Attribute } from './models.ts';
import { findFault, hashPayload, LARGEST_PAYLOAD } from './payload.ts';
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
/** Rows on their way at once: what bounds the memory, whatever the file's size. */
const CHUNK = 5_000;

/**
 * Loads a CSV or XLSX file into a queue (contract b §1.12). Streamed: rows are read, checked and copied a few thousand at
 * a time. One transaction: nothing of the file can be seen before all of it is in (the vendor's DRAFT), and a fault of
 * the file loads nothing. A fault of a row makes that row DATA_ERROR.
 *
 * Measured, a million rows of five columns: 20 s with reading and copying in turns and the moment written out anew for
 * each row; 12 s with the next chunk read while PostgreSQL takes the last. What is left is PostgreSQL's: the indexes of
 * work_item, and the second table. Beside COPY of the same file: docs/benchmarks.md.
 */
export function createLoading(database: Database, queues: Queues) {
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
    return database.transaction(async (tx) => {
      const counter = { read: 0, loaded: 0, wrong: 0, duplicate: 0, faults: [] as { row: number; reason: string }[] };
      const writer = createWriter(tx, queue, caller, counter);
      let chunk: Row[] = [];
      let writing = Promise.resolve();
      try {
        for await (const cells of table.rows) {
          counter.read++;
          chunk.push(readRow(queue.attributes, columns, cells, counter.read + 1));
          if (chunk.length < CHUNK) continue;
          await writing;
          // The next chunk is read while PostgreSQL takes this one.
          writing = writer(chunk);
          writing.catch(() => {});
          chunk = [];
        }
        await writing;
        if (chunk.length > 0) await writer(chunk);
      } catch (cause) {
        // Cut off at the limit, a file is broken as well; the limit is what its sender must know.
        throw file.truncated() ? tooLarge() : cause;
      } finally {
        // A broken file must not end the transaction under a chunk that is on its way.
        await writing.catch(() => {});
      }
      if (file.truncated()) throw tooLarge();
      const { read, loaded, wrong, duplicate } = counter;
      await recordAudit(tx, {
        actor: actorOf(caller),
        action: 'workItem.loadFile',
        subject: { type: 'queue', id: queue.id, name: queue.name },
        details: { file: file.name, read, loaded, wrong, duplicate },
        ...facts,
      });
      if (loaded > wrong) await announce(tx, 'queue', queue.id);
      return counter;
    });
  };
}

function tooLarge(): Error {
  return error('tooLarge', 'The file is larger than this server takes; nothing of it was loaded.');
}

interface Row {
  readonly row: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly fault: string | undefined;
}

/** For each attribute the place of its column in the file, or undefined. */
function matchHeader(queue: QueueDefinition, header: readonly string[]): (number | undefined)[] {
  if (header.every((name) => name.trim() === ''))
    throw error('invalid', 'The file has no header.', { details: 'expected the column names in the first row' });
  const names = header.map((name) => name.trim());
  const places = queue.attributes.map(({ name }) => {
    const exact = names.indexOf(name);
    if (exact >= 0) return exact;
    const folded = names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    return folded < 0 ? undefined : folded;
  });
  const missing = queue.attributes.filter(({ isRequired }, i) => isRequired && places[i] === undefined);
  if (missing.length > 0) {
    throw error(
      'invalid',
      `Required column ${missing.map(({ name }) => `'${name}'`).join(', ')} missing in the file's header.`,
      {
        details: `came: ${names.slice(0, 30).join(', ')}`,
      },
    );
  }
  if (places.every((place) => place === undefined)) {
    throw error('invalid', 'No column of the file is a column of the model.', {
      details: `expected ${queue.attributes.map(({ name }) => name).join(', ')}; came: ${names.slice(0, 30).join(', ')}`,
    });
  }
  return places;
}

function readRow(
  attributes: readonly Attribute[],
  columns: readonly (number | undefined)[],
  cells: readonly string[],
  row: number,
): Row {
  const json: Record<string, unknown> = {};
  let missing: string | undefined;
  let nul: string | undefined;
  for (let i = 0; i < attributes.length; i++) {
    const attribute = attributes[i];
    const place = columns[i];
    if (!attribute || place === undefined) continue;
    const cell = cells[place] ?? '';
    if (cell.includes('\0')) nul = `Column '${attribute.name}' holds the character NUL, which cannot be kept.`;
    json[attribute.name] = nul === undefined ? cell : cell.replaceAll('\0', '\uFFFD');
    if (attribute.isRequired && cell === '') missing ??= `Required column '${attribute.name}' is empty.`;
  }
  const tooLong =
    missing === undefined && cells.some((cell) => cell.length > LARGEST_PAYLOAD) ? 'A cell is too long.' : undefined;
  return { row, json, fault: missing ?? nul ?? tooLong ?? findFault(attributes, json) };
}

type Counter = {
  read: number;
  loaded: number;
  wrong: number;
  duplicate: number;
  faults: { row: number; reason: string }[];
};

/** Copies a chunk: the states first, then the payloads, both by COPY on the transaction's own connection. */
function createWriter(
  tx: Transaction,
  queue: QueueDefinition,
  caller: Caller,
  counter: Counter,
): (chunk: readonly Row[]) => Promise<void> {
  const keyOf = compileProcessingKey(queue.attributes, queue.processingOrder);
  const expiry = expiryOf(queue.expiry);
  const present = tx.first(
    // As texts: what stands in every row alike is written out once.
    sql<{ now: string; expires: string | null }>`select present()::text as now,
      coalesce(${expiry.at}::timestamptz, present() + make_interval(secs => ${expiry.seconds}::float8))::text as expires`,
  );

  return async (chunk) => {
    const rows = queue.disallowDuplicate ? await withoutDuplicates(tx, queue, chunk, counter) : chunk;
    if (rows.length === 0) return;
    const moment = await present;
    const tail = `\t${moment?.expires ?? '\\N'}\t${caller.userId}\t${moment?.now}\t${caller.userId}\t${moment?.now}\n`;
    const numbers = await tx.first(
      sql<{ ids: number[]; positions: number[] }>`select array_agg(nextval('work_item_id')) as ids,
        array_agg(nextval('work_item_position')) as positions from generate_series(1, ${rows.length})`,
    );
    const { ids = [], positions = [] } = numbers ?? {};
    for (const { row, fault } of rows) {
      if (fault === undefined) continue;
      counter.wrong++;
      if (counter.faults.length < MOST_FAULTS) counter.faults.push({ row, reason: fault });
    }
    const states = copy(
      tx,
      `copy work_item (id, queue_id, status, processing_key, position, unique_hash, error, expires_on, created_by, created_on, updated_by, updated_on) from stdin`,
      rows.map(({ json, fault }, i) => {
        const key = keyOf(json);
        const hash = queue.disallowDuplicate ? `\\\\x${hashPayload(queue.attributes, json).toString('hex')}` : '\\N';
        return `${ids[i]}\t${queue.id}\t${fault === undefined ? 'NEW' : 'DATA_ERROR'}\t\\\\x${key.toString('hex')}\t${positions[i]}\t${hash}\t${
          fault === undefined ? '\\N' : escapeCopy(fault)
        }${tail}`;
      }),
    );
    // Written out while PostgreSQL takes the states; the connection does one after the other.
    const payloads = copy(
      tx,
      'copy work_item_payload (work_item_id, json) from stdin',
      rows.map(({ json }, i) => `${ids[i]}\t${escapeCopy(JSON.stringify(json))}\n`),
    );
    await Promise.all([states, payloads]);
    counter.loaded += rows.length;
  };
}

async function copy(tx: Transaction, statement: string, lines: readonly string[]): Promise<void> {
  const target = tx.client.query(copyFrom(statement));
  await pipeline(Readable.from([Buffer.from(lines.join(''), 'utf8')]), target);
}

function escapeCopy(text: string): string {
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r')
    : text;
}

/** Leaves out rows whose values are in the queue already or stood earlier in the file. */
async function withoutDuplicates(
  tx: Transaction,
  queue: QueueDefinition,
  chunk: readonly Row[],
  counter: Counter,
): Promise<Row[]> {
  const hashes = chunk.map(({ json }) => hashPayload(queue.attributes, json));
  const there = await tx.all(sql<{ hash: string }>`select encode(unique_hash, 'hex') as hash from work_item
    where queue_id = ${queue.id} and unique_hash = any(${hashes})`);
  const seen = new Set(there.map(({ hash }) => hash));
  return chunk.filter(({ row }, i) => {
    const hash = hashes[i]?.toString('hex') ?? '';
    if (!seen.has(hash)) {
      seen.add(hash);
      return true;
    }
    counter.duplicate++;
    if (counter.faults.length < MOST_FAULTS)
      counter.faults.push({ row, reason: 'An item with the same values is in the queue already.' });
    return false;
  });
}
