import { readFileSync } from 'node:fs';
import { BotError, BotRecord, BotSession, BotTable, type BotValue, type Column, type Host } from '@signalbox/taskbot';
import { unnamedColumns } from '../support/columns.ts';
import { readDelimited } from '../support/delimited.ts';
import { decodeText, type Encoding } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { kindOf } from '../support/text.ts';

export interface CsvOptions {
  readonly path: string;
  readonly delimiter: string;
  readonly containsHeader: boolean;
  readonly encoding: Encoding;
  readonly trim: { readonly leading: boolean; readonly trailing: boolean };
}

/** What a CsvTxt session holds: a file that is read when its rows are asked for, once. */
export class CsvFile {
  readonly #options: CsvOptions;
  #table: BotTable | undefined;

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  /** A table of the bot's own: changing it does not change what the session reads again. */
  table(): BotTable {
    const { columns, rows } = this.#read();
    return new BotTable(
      [...columns],
      rows.map((row) => [...row]),
    );
  }

  *records(): Iterable<BotRecord> {
    const { columns, rows } = this.#read();
    for (const row of rows) yield new BotRecord(columns, [...row]);
  }

  #read(): BotTable {
    this.#table ??= readTable(this.#options);
    return this.#table;
  }
}

const readTable = (options: CsvOptions): BotTable => {
  const bytes = fileWork('read', options.path, () => readFileSync(options.path));
  const rows: BotValue[][] = readDelimited(decodeText(bytes, options.encoding), options.delimiter, options.trim);
  const header = options.containsHeader ? (rows.shift() ?? []) : [];
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), header.length);
  const columns: Column[] = unnamedColumns(width).map((column, index) => {
    const name = header[index];
    return typeof name === 'string' && name !== '' ? { ...column, name } : column;
  });
  for (const row of rows) while (row.length < width) row.push('');
  return new BotTable(columns, rows);
};

/** A session is given by its name, or in newer documents as a session variable. */
export const csvFileOf = (session: BotValue, host: Host): CsvFile => {
  const found = session instanceof BotSession ? session : host.sessions.get('CsvTxt', sessionName(session));
  if (found.closed) throw new BotError('The CsvTxt session is closed. Open the file again with "CSV/TXT: Open".');
  if (found.content instanceof CsvFile) return found.content;
  throw new BotError('Expected a CsvTxt session. Open one with "CSV/TXT: Open" before this action.');
};

export const sessionName = (session: BotValue): string => {
  if (session === null || session === '') return 'Default';
  if (typeof session === 'string') return session;
  throw new BotError(`Expected the name of a CsvTxt session, but got ${kindOf(session)}.`);
};
