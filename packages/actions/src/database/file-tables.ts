import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BotError, type BotValue, type Host } from '@signalbox/taskbot';
import { columnName, parseRange, type Range } from '../excel/address.ts';
import { ExcelSession } from '../excel/excel-session.ts';
import { loadNumberFormatter, readWorkbook, replaceFile } from '../excel/read-workbook.ts';
import type { NewValue } from '../excel/sheet.ts';
import { readDelimited, writeDelimited } from '../support/delimited.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { asText } from '../support/text.ts';
import type { Limits, ResultSet } from './driver.ts';
import { SqliteDriver } from './sqlite.ts';

const MAX_BYTES = 100 * 1024 * 1024;

/** A file, or a part of one, as a table. */
interface Source {
  readonly columns: readonly string[];
  readonly rows: readonly BotValue[][];
  /** Undefined where it cannot be written. */
  readonly save: ((columns: readonly string[], rows: readonly BotValue[][]) => Promise<void>) | undefined;
}

/**
 * Excel and CSV as a database. The tables that a statement names are read into SQLite in memory and the statement is
 * SQLite's, with the most used words of Access added: SELECT TOP n, LEN, UCASE, LCASE, MID, NZ, NOW. What was changed
 * is written back when the connection is closed.
 */
export class FileTables extends SqliteDriver {
  readonly #find: (name: string) => Promise<Source | undefined>;
  readonly #names: () => readonly string[];
  readonly #loaded = new Map<string, { name: string; source: Source }>();

  constructor(find: (name: string) => Promise<Source | undefined>, names: () => readonly string[]) {
    super(':memory:');
    this.#find = find;
    this.#names = names;
    const text = (value: unknown) => (value === null ? '' : String(value));
    const define = (name: string, work: (...given: unknown[]) => string | number) =>
      this.database.function(name, { varargs: true, deterministic: true }, (...given) => work(...given));
    define('len', (value) => text(value).length);
    define('ucase', (value) => text(value).toUpperCase());
    define('lcase', (value) => text(value).toLowerCase());
    define('mid', (value, start, length) =>
      text(value).slice(Number(start) - 1, length === undefined ? undefined : Number(start) - 1 + Number(length)),
    );
    define('nz', (value, otherwise) => (value === null ? text(otherwise) : text(value)));
    this.database.function('now', {}, () => new Date().toISOString().slice(0, 19).replace('T', ' '));
  }

  override async query(sql: string, _limits?: Limits): Promise<ResultSet> {
    return super.query(await this.#prepared(sql));
  }

  override async execute(sql: string, _limits?: Limits): Promise<number> {
    return super.execute(await this.#prepared(sql));
  }

  override async insert(table: string, columns: readonly string[], rows: readonly BotValue[][]): Promise<number> {
    await this.#prepared(`select * from [${table}]`);
    return super.insert(`[${table}]`, columns, rows);
  }

  override async close(keep: boolean): Promise<void> {
    try {
      if (keep) await this.#saveChanged();
    } finally {
      await super.close(keep);
    }
  }

  async #prepared(sql: string): Promise<string> {
    let statement = sql.trim().replace(/;\s*$/, '');
    for (const name of this.#names()) {
      // `FROM orders.csv` without brackets would be table csv of database orders.
      statement = statement.replace(new RegExp(`(?<![\\[\\w"'\`])${escaped(name)}(?![\\w\\]"'\`])`, 'gi'), `[${name}]`);
    }
    for (const [, name = ''] of statement.matchAll(/(?:from|join|into|update|,)\s*[[`"]([^\]`"]+)[\]`"]/gi)) {
      await this.#load(name);
    }
    const top = /^(\s*select\s+(?:distinct\s+)?)top\s+(\d+)\s+/i.exec(statement);
    return top === null ? statement : `${top[1]}${statement.slice(top[0].length)} limit ${top[2]}`;
  }

  async #load(name: string): Promise<void> {
    const key = name.toLowerCase();
    if (this.#loaded.has(key)) return;
    const source = await this.#find(name);
    if (source === undefined) return; // SQLite says that there is no such table
    const columns = distinct(source.columns);
    this.database.exec(`create table ${quote(name)} (${columns.map(quote).join(', ')})`);
    await super.insert(`[${name}]`, columns, source.rows);
    this.#loaded.set(key, { name, source });
  }

  async #saveChanged(): Promise<void> {
    for (const { name, source } of this.#loaded.values()) {
      const { columns, rows } = await super.query(`select * from ${quote(name)}`);
      if (same(rows, source.rows)) continue;
      if (source.save === undefined)
        throw new BotError(`The table "${name}" was changed, but its file cannot be written.`);
      await source.save(columns, rows);
    }
  }
}

const same = (a: readonly BotValue[][], b: readonly BotValue[][]): boolean =>
  a.length === b.length && a.every((row, index) => row.every((value, at) => asText(value) === asText(b[index]?.[at])));

/** `Sheet1$`, `Sheet1$A1:C10`; the sheet must end in the dollar sign, as Excel's provider has it. */
export const openExcelTables = async (
  file: string,
  options: { readonly header: boolean; readonly asText: boolean },
  host: Host,
): Promise<FileTables> => {
  const { workbook, kind } = await readWorkbook(file);
  const excel = new ExcelSession(
    workbook,
    { path: file, kind, readOnly: false, containsHeader: false, excludeHidden: false },
    await loadNumberFormatter(),
  );
  const find = async (name: string): Promise<Source | undefined> => {
    const parts = /^'?(.+?)\$'?([A-Za-z]+\d+:[A-Za-z]+\d+)?$/.exec(name);
    const sheetName = workbook.sheets.find((sheet) => sheet.name.toLowerCase() === parts?.[1]?.toLowerCase())?.name;
    if (parts === null || sheetName === undefined) return undefined;
    const sheet = workbook.sheet(sheetName);
    const bounds = sheet.bounds() ?? { from: { row: 1, column: 1 }, to: { row: 1, column: 1 } };
    const range: Range = parts[2] === undefined ? bounds : clip(parseRange(parts[2]), bounds);
    const cell = (row: number, column: number): BotValue => {
      const text = excel.read({ row, column }, 'READ_CELL_TEXT', host, sheet);
      const content = sheet.get({ row, column });
      const number = (content?.type === undefined || content.type === 'n') && content?.value !== undefined;
      const format = workbook.formats[Number(content?.style ?? 0)] ?? 'General';
      if (!number || options.asText || /[dmyhs]/i.test(format.replace(/"[^"]*"|\[[^\]]*\]|General/g, ''))) return text;
      return Number(content.value);
    };
    const first = options.header ? range.from.row + 1 : range.from.row;
    const numbers = Array.from(
      { length: range.to.column - range.from.column + 1 },
      (_, index) => range.from.column + index,
    );
    const columns = numbers.map((column, index) => {
      const title = options.header ? asText(cell(range.from.row, column)) : '';
      return title === '' ? `F${index + 1}` : title;
    });
    const rows: BotValue[][] = [];
    for (let row = first; row <= range.to.row; row++) rows.push(numbers.map((column) => cell(row, column)));
    const save = async (_columns: readonly string[], changed: readonly BotValue[][]) => {
      for (let index = 0; index < Math.max(changed.length, rows.length); index++) {
        for (const [at, column] of numbers.entries()) {
          const value = changed[index]?.[at] ?? '';
          if (asText(value) !== asText(rows[index]?.[at] ?? '')) {
            sheet.set({ row: first + index, column }, newValue(value));
          }
        }
      }
      replaceFile(file, await workbook.toBytes());
    };
    return { columns, rows, save: kind === 'xlsx' ? save : undefined };
  };
  return new FileTables(find, () => []);
};

const clip = (range: Range, bounds: Range): Range => ({
  from: range.from,
  to: { row: Math.min(range.to.row, Math.max(bounds.to.row, range.from.row)), column: range.to.column },
});

const newValue = (value: BotValue): NewValue => {
  if (value === '' || value === null) return { kind: 'empty' };
  return typeof value === 'number' ? { kind: 'number', number: value } : { kind: 'text', text: asText(value) };
};

/** Each delimited file of a folder is a table: `orders.csv` or `orders#csv`. Cells are texts. */
export const openTextTables = async (
  folder: string,
  options: { readonly header: boolean; readonly delimiter: string },
): Promise<FileTables> => {
  const names = () =>
    fileWork('read the folder', folder, () => readdirSync(folder)).filter((name) => /\.(csv|txt|tab|asc)$/i.test(name));
  names(); // that the folder is missing shows here
  const find = async (name: string): Promise<Source | undefined> => {
    const file = names().find((one) => one.toLowerCase() === name.replace('#', '.').toLowerCase());
    if (file === undefined) return undefined;
    const path = join(folder, file);
    if (fileWork('read', path, () => statSync(path).size) > MAX_BYTES) {
      throw new BotError(`"${file}" has more than ${MAX_BYTES / 1024 / 1024} MB, which is the bound. Split it.`);
    }
    const text = decodeText(
      fileWork('read', path, () => readFileSync(path)),
      'FILE-ENCODING',
    );
    const rows = readDelimited(text, options.delimiter, { leading: false, trailing: false });
    const titles = options.header ? (rows.shift() ?? []) : [];
    const width = rows.reduce((widest, row) => Math.max(widest, row.length), titles.length);
    for (const row of rows) while (row.length < width) row.push('');
    const columns = Array.from({ length: width }, (_, index) => titles[index] || `F${index + 1}`);
    const save = async (_names: readonly string[], changed: readonly BotValue[][]) => {
      const all = [...(options.header ? [columns] : []), ...changed.map((row) => row.map(asText))];
      replaceFile(path, writeDelimited(all, options.delimiter, '\r\n'));
    };
    return { columns, rows, save };
  };
  return new FileTables(find, names);
};

/** SQLite takes a column name once. */
const distinct = (names: readonly string[]): string[] => {
  const seen = new Set<string>();
  return names.map((name, index) => {
    const own = seen.has(name.toLowerCase()) ? `${name}_${columnName(index + 1)}` : name;
    seen.add(own.toLowerCase());
    return own;
  });
};

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
