import { BotError, type BotValue } from '@signalbox/taskbot';
import { numberText } from '../support/text.ts';

/** What comes back from a query: cells are numbers where a double holds them exactly, else texts; NULL is an empty text. */
export interface ResultSet {
  readonly columns: readonly string[];
  readonly rows: readonly BotValue[][];
}

export interface Limits {
  readonly signal: AbortSignal;
  /** 0 for none. */
  readonly timeoutMs: number;
}

export interface Parameter {
  readonly name: string;
  readonly direction: 'IN' | 'OUT' | 'INOUT';
  readonly value: BotValue;
}

export interface ProcedureResult {
  readonly outputs: ReadonlyMap<string, BotValue>;
  readonly result: ResultSet;
}

/** One connection. Errors may quote the server's words; who calls takes the password out of them. */
export interface Driver {
  query(sql: string, limits: Limits): Promise<ResultSet>;
  /** How many rows it changed. */
  execute(sql: string, limits: Limits): Promise<number>;
  call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult>;
  insert(table: string, columns: readonly string[], rows: readonly BotValue[][], limits: Limits): Promise<number>;
  begin(limits: Limits): Promise<void>;
  commit(limits: Limits): Promise<void>;
  rollback(limits: Limits): Promise<void>;
  /** @param keep whether what was changed in files is written back; servers keep what was committed anyway */
  close(keep: boolean): Promise<void>;
}

const MAX_ROWS = 500_000;
const MAX_CHARACTERS = 200_000_000;

/** Collects rows up to the bounds. */
export class RowCollector {
  readonly rows: BotValue[][] = [];
  #characters = 0;

  add(row: BotValue[]): void {
    for (const value of row) this.#characters += typeof value === 'string' ? value.length : 8;
    if (this.rows.length >= MAX_ROWS || this.#characters > MAX_CHARACTERS) {
      throw new BotError(
        `The query gave more than ${MAX_ROWS} rows or ${MAX_CHARACTERS} characters, which is the bound. Ask for fewer rows or columns.`,
      );
    }
    this.rows.push(row);
  }
}

/** A value of a driver as a bot gets it. Exact decimals and long integers stay texts, so that no digit is lost. */
export const cellOf = (value: unknown): BotValue => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    default:
      break;
  }
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return JSON.stringify(value);
};

/** As JDBC prints a timestamp, without zeros at the end. [inferred] */
const dateText = (date: Date): string => {
  if (Number.isNaN(date.getTime())) return '';
  const text = date.toISOString().replace('T', ' ').replace('Z', '');
  return text.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));
};

/** A bot's value as a parameter: texts and numbers; the server makes the column's type of them. An empty text is NULL for none. */
export const parameterOf = (value: BotValue): string | number | boolean | null => {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return String(value);
};

export const textParameter = (value: BotValue): string | null => {
  const parameter = parameterOf(value);
  return typeof parameter === 'number' ? numberText(parameter) : parameter === null ? null : String(parameter);
};

/** Table names of bots: `orders`, `sales.orders`, `"Order Lines"`, `[dbo].[orders]`. Each part is quoted anew. */
export const quotedTable = (name: string, quote: (part: string) => string): string => {
  const parts = [...name.matchAll(/\s*(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^."`[\]]+))\s*(?:\.|$)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('').length !== name.length) {
    throw new BotError(`Expected the name of a table, but got "${name.slice(0, 60)}".`);
  }
  return parts
    .map(([, double, tick, bracket, bare]) => quote((double ?? tick ?? bracket ?? bare ?? '').trim()))
    .join('.');
};

/** How many rows go into one INSERT, when a statement takes only so many parameters. */
export const chunked = <T>(rows: readonly T[], columns: number, parameters: number): T[][] => {
  const size = Math.max(1, Math.min(1000, Math.floor(parameters / Math.max(1, columns))));
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );
};
