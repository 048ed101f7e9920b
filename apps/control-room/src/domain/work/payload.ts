import { createHash } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import type { Attribute } from './models.ts';

/** The largest payload an item may carry, in characters of JSON. Larger data belongs in a file that the item names. */
export const LARGEST_PAYLOAD = 1_000_000;

/** What a queue expects of its items. */
export interface Columns {
  readonly attributes: readonly Attribute[];
  /** Any JSON, also what is no object. */
  readonly takesAnything: boolean;
}

/** A payload by its columns; what is no object has none. */
export function columnsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Readonly<Record<string, unknown>>) // Parsed JSON: its keys are texts.
    : {};
}

/** A payload that was looked at: fit to be worked, or kept as DATA_ERROR with the reason. */
export interface CheckedPayload {
  /** By column name; of a queue that takes anything whatever came. */
  readonly json: unknown;
  /** Why a value does not fit its column; undefined when all fit. */
  readonly fault: string | undefined;
}

/**
 * Checks one payload against the model (contract b §1.7). A missing required column refuses the request; a value that
 * cannot be converted to its column's type makes the item DATA_ERROR. Keys that the model does not know are kept.
 */
export function checkPayload({ attributes, takesAnything }: Columns, json: unknown): CheckedPayload {
  if (takesAnything) return { json: json ?? null, fault: undefined };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw error('invalid', 'json must be an object keyed by column name.', {
      details: `expected {"column": value, …}; came: ${Array.isArray(json) ? 'a list' : json === null ? 'null' : typeof json}`,
    });
  }
  const payload = json as Record<string, unknown>;
  for (const { name, isRequired } of attributes) {
    if (isRequired && (payload[name] === undefined || payload[name] === null)) {
      throw error('invalid', `Required column '${name}' missing in json`);
    }
  }
  return { json: payload, fault: findFault(attributes, payload) };
}

export function findFault(
  attributes: readonly Attribute[],
  payload: Readonly<Record<string, unknown>>,
): string | undefined {
  const faults: string[] = [];
  for (const { name, type } of attributes) {
    const value = payload[name];
    if (value === undefined || value === null || value === '') continue;
    const expected = mismatch[type](value);
    if (expected !== undefined) faults.push(`Column '${name}' holds ${show(value)}; expected ${expected}.`);
  }
  return faults.length === 0 ? undefined : faults.join(' ');
}

/** What was expected, or undefined when the value fits. */
const mismatch: Readonly<Record<Attribute['type'], (value: unknown) => string | undefined>> = {
  TEXT: (value) => (typeof value === 'object' ? 'a text' : undefined),
  NUMBER: (value) =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
      ? undefined
      : 'a number',
  DATE: (value) =>
    typeof value === 'string' && isDate(value.trim())
      ? undefined
      : 'a date (2026-01-31) or an instant (2026-01-31T08:00:00Z)',
  BOOLEAN: (value) =>
    typeof value === 'boolean' || (typeof value === 'string' && /^(true|false)$/i.test(value.trim()))
      ? undefined
      : 'true or false',
};

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [, year, month, day] = match.map(Number);
  if (!month || !day || month > 12 || day > daysIn(year ?? 0, month)) return false;
  return text.length === 10 || !Number.isNaN(Date.parse(text));
}

function daysIn(year: number, month: number): number {
  return month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * What makes two items the same where a queue allows no duplicates: the columns of the model with their values read as
 * their types, in the model's order. (What the vendor hashes is not known; contract b §1.10.)
 */
export function hashPayload({ attributes, takesAnything }: Columns, json: unknown): Buffer {
  if (takesAnything) return digestOf(json);
  const payload = columnsOf(json);
  const known = new Set(attributes.map(({ name }) => name));
  const values = attributes.map(({ name, type }) => {
    const value = payload[name] ?? '';
    if (value === '') return '';
    return type === 'NUMBER' ? String(Number(value)) : type === 'BOOLEAN' ? String(value).toLowerCase() : String(value);
  });
  const rest = Object.keys(payload)
    .filter((key) => !known.has(key))
    .sort()
    .map((key) => [key, payload[key]]);
  return digestOf([values, rest]);
}

function digestOf(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest().subarray(0, 16);
}
