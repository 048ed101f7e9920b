import { ZonedDateTime } from '@js-joda/core';
import { printDateTime } from './date-text.ts';
import { DEEPEST_VALUE, tooDeep } from './size-limits.ts';
import { BotCredential, BotOpaque, BotRecord, BotTable, type BotValue, type Column, type ValueType } from './value.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A value as plain JSON: what work-item fields, logs and other programs see. A record is an object by column name, a
 * table a list of such objects, a date its ISO text, a credential asterisks, a session null. A column without a name
 * is called by its position. Not reversible for dates and tables; the typed grammar (`printTypedValue`) is.
 */
export function toJson(value: BotValue): Json {
  return jsonAt(value, 0);
}

function jsonAt(value: BotValue, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (depth > DEEPEST_VALUE) throw tooDeep();
  if (Array.isArray(value)) return value.map((item) => jsonAt(item, depth + 1));
  if (value instanceof Map) {
    // As entries, never by assignment: a key may be called `__proto__`.
    return Object.fromEntries(Array.from(value, ([key, item]) => [key, jsonAt(item, depth + 1)]));
  }
  if (value instanceof BotRecord) return rowToJson(value.columns, value.values, depth + 1);
  if (value instanceof BotTable) return value.rows.map((row) => rowToJson(value.columns, row, depth + 1));
  if (value instanceof ZonedDateTime) return printDateTime(value);
  return value instanceof BotCredential ? value.toJSON() : null;
}

/** Plain JSON as a value: objects become dictionaries, arrays lists. Inverse of `toJson` for what JSON has words for. */
export function fromJson(json: Json): BotValue {
  return valueAt(json, 0);
}

function valueAt(json: Json, depth: number): BotValue {
  if (json === null || typeof json !== 'object') return json;
  if (depth > DEEPEST_VALUE) throw tooDeep();
  if (Array.isArray(json)) return json.map((item: Json) => valueAt(item, depth + 1));
  return new Map(Object.entries(json).map(([key, item]) => [key, valueAt(item, depth + 1)]));
}

/** JSON of a type that the language only hands on. */
export function opaqueFrom(type: ValueType, json: { readonly [key: string]: Json }): BotOpaque {
  return new BotOpaque(
    type,
    Object.entries(json).map(([key, item]) => [key, fromJson(item)] as const),
  );
}

/**
 * A copy that shares nothing changeable: sub-bots get their inputs and give their outputs by value. Sessions,
 * credentials and dates are shared: the first two stand for something outside, the last never changes.
 */
export function copyOf(value: BotValue): BotValue {
  return copyAt(value, 0);
}

function copyAt(value: BotValue, depth: number): BotValue {
  if (value === null || typeof value !== 'object') return value;
  if (depth > DEEPEST_VALUE) throw tooDeep();
  const copy = (item: BotValue) => copyAt(item, depth + 1);
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof BotOpaque)
    return new BotOpaque(
      value.type,
      Array.from(value, ([key, item]) => [key, copy(item)]),
    );
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, copy(item)]));
  if (value instanceof BotRecord) return new BotRecord(value.columns, value.values.map(copy));
  if (value instanceof BotTable) {
    return new BotTable(
      [...value.columns],
      value.rows.map((row) => row.map(copy)),
    );
  }
  return value;
}

function rowToJson(columns: readonly Column[], values: readonly BotValue[], depth: number): Json {
  return Object.fromEntries(
    columns.map((column, at) => [column.name === '' ? String(at) : column.name, jsonAt(values[at] ?? null, depth)]),
  );
}
