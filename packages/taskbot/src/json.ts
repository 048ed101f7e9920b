import { ZonedDateTime } from '@js-joda/core';
import { printDateTime } from './date-text.ts';
import { BotCredential, BotRecord, BotTable, type BotValue, type Column } from './value.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A value as plain JSON: what work-item fields, logs and other programs see. A record is an object by column name, a
 * table a list of such objects, a date its ISO text, a credential asterisks, a session null. A column without a name
 * is called by its position. Not reversible for dates and tables; the typed grammar (`printTypedValue`) is.
 */
export function toJson(value: BotValue): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [key, toJson(item)]));
  if (value instanceof BotRecord) return rowToJson(value.columns, value.values);
  if (value instanceof BotTable) return value.rows.map((row) => rowToJson(value.columns, row));
  if (value instanceof ZonedDateTime) return printDateTime(value);
  return value instanceof BotCredential ? value.toJSON() : null;
}

/** Plain JSON as a value: objects become dictionaries, arrays lists. Inverse of `toJson` for what JSON has words for. */
export function fromJson(json: Json): BotValue {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return new Map(Object.entries(json).map(([key, item]) => [key, fromJson(item)]));
}

/**
 * A copy that shares nothing changeable: sub-bots get their inputs and give their outputs by value. Sessions,
 * credentials and dates are shared: the first two stand for something outside, the last never changes.
 */
export function copyOf(value: BotValue): BotValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, copyOf(item)]));
  if (value instanceof BotRecord) return new BotRecord(value.columns, value.values.map(copyOf));
  if (value instanceof BotTable) {
    return new BotTable(
      [...value.columns],
      value.rows.map((row) => row.map(copyOf)),
    );
  }
  return value;
}

function rowToJson(columns: readonly Column[], values: readonly BotValue[]): Json {
  return Object.fromEntries(
    columns.map((column, at) => [column.name === '' ? String(at) : column.name, toJson(values[at] ?? null)]),
  );
}
