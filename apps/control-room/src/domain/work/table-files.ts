import { isUtf8 } from 'node:buffer';
import { Readable, Transform } from 'node:stream';
import { parse } from 'csv-parse';
import { error } from '../../kernel/errors.ts';
import type { Table } from './table.ts';
import { openSheet } from './xlsx-sheet.ts';

/** An upload that holds a table. */
export interface TableFile {
  readonly name: string;
  readonly stream: NodeJS.ReadableStream;
  /** True once the stream ended because the upload was over the limit. */
  readonly truncated: () => boolean;
}

/** Looks at the first bytes, not at the name: XLSX is a zip archive, an old XLS says so itself, anything else is CSV. */
export async function openTable(file: TableFile): Promise<Table> {
  const { start, stream } = await peek(file.stream);
  if (start.length === 0)
    throw error('invalid', 'The file is empty.', { details: 'expected a header and rows below it' });
  if (start.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))) return openSheet(stream);
  if (start.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
    throw error('invalid', 'This is a workbook of the old XLS format, or one with a password.', {
      details: 'save it as XLSX or CSV (UTF-8), without a password',
    });
  }
  return openCsv(start, stream);
}

/** The first chunk, and a stream that still has it. */
async function peek(source: NodeJS.ReadableStream): Promise<{ start: Buffer; stream: Readable }> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done ? Buffer.alloc(0) : Buffer.from(first.value as Uint8Array);
  async function* whole(): AsyncGenerator<Buffer> {
    yield start;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value as Buffer;
  }
  return { start, stream: Readable.from(whole(), { objectMode: false }) };
}

/** RFC 4180, with or without BOM, any line end; semicolon or tab where the header has no comma. */
async function openCsv(start: Buffer, stream: Readable): Promise<Table> {
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(start),
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 16_000_000,
  });
  const decoded = stream.pipe(refuseForeignEncodings());
  decoded.on('error', (cause) => parser.destroy(cause));
  stream.on('error', (cause) => parser.destroy(cause));
  const iterator = decoded.pipe(parser)[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<string[]>> => iterator.next().catch(refuse);

  const first = await next();
  if (first.done) throw error('invalid', 'The file holds no header.');
  const header = first.value;
  async function* rows(): AsyncGenerator<readonly string[]> {
    for (let row = await next(); !row.done; row = await next()) yield row.value;
  }
  return { header, rows: rows() };
}

function delimiterOf(start: Buffer): string {
  const [line = ''] = start.toString('utf8').split(/\r?\n|\r/, 1);
  return line.includes(',') ? ',' : line.includes(';') ? ';' : line.includes('\t') ? '\t' : ',';
}

function refuse(cause: unknown): never {
  if (cause instanceof Error && 'status' in cause) throw cause;
  const { message, lines } = cause as Error & { lines?: number };
  throw error(
    'invalid',
    `The file is not CSV as RFC 4180 has it${lines === undefined ? '' : ` (line ${lines})`}: ${message}. Nothing of it was loaded.`,
    { cause },
  );
}

/** Bytes that are not UTF-8 would become question marks without a word; so the file is refused instead. */
function refuseForeignEncodings(): Transform {
  let rest: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = lastWholeCharacter(bytes);
      rest = bytes.subarray(end);
      const whole = bytes.subarray(0, end);
      if (isUtf8(whole)) done(null, whole);
      else
        done(
          error('invalid', 'The file is not UTF-8. Nothing of it was loaded.', { details: 'save it as "CSV UTF-8"' }),
        );
    },
    flush(done) {
      if (rest.length === 0) done();
      else done(error('invalid', 'The file ends in the middle of a UTF-8 character. Nothing of it was loaded.'));
    },
  });
}

/** Where the last character that is complete ends. */
function lastWholeCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
