import { ZonedDateTime } from '@js-joda/core';
import { printDateTime, readDateTime } from './date-text.ts';
import { BotError } from './declaration.ts';
import { pathOfFile } from './file-path.ts';
import { toJson } from './json.ts';
import {
  BotCredential,
  type BotDictionary,
  type BotList,
  BotRecord,
  BotSession,
  BotTable,
  type BotValue,
  type ValueType,
} from './value.ts';

/** What a bot gets where nothing was given: the empty value of the type. */
export function emptyOf(type: ValueType): BotValue {
  switch (type) {
    case 'STRING':
    case 'FILE':
    case 'REGEX':
    case 'PATTERN':
      return '';
    case 'NUMBER':
      return 0;
    case 'BOOLEAN':
      return false;
    case 'LIST':
      return [];
    case 'DICTIONARY':
      return new Map();
    case 'RECORD':
      return new BotRecord([], []);
    case 'TABLE':
      return new BotTable([], []);
    default:
      return null;
  }
}

/** A value as text, the way it is joined into a STRING: numbers without exponent, dates in ISO, secrets as asterisks. */
export function toText(value: BotValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof ZonedDateTime) return printDateTime(value);
  if (value instanceof BotCredential) return value.toString();
  if (value instanceof BotSession) return `${value.package} session`;
  return JSON.stringify(toJson(value));
}

/** Throws a BotError that shows the text when it is not a number. */
export function toNumber(value: BotValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const number = readNumber(value);
    if (number !== undefined) return number;
  }
  throw notA('number', value);
}

/** Takes `true` and `false` also as text, in any letter case, as older packages write them. */
export function toBoolean(value: BotValue): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const word = value.trim().toLowerCase();
    if (word === 'true') return true;
    if (word === 'false') return false;
  }
  throw notA('boolean', value);
}

export function toDateTime(value: BotValue): ZonedDateTime {
  if (value instanceof ZonedDateTime) return value;
  const moment = typeof value === 'string' ? readDateTime(value) : undefined;
  if (moment === undefined) throw notA('date and time in ISO form', value);
  return moment;
}

/** The value as the given type has it, or a BotError that says what came instead. */
export function convertTo(type: ValueType, value: BotValue): BotValue {
  switch (type) {
    case 'STRING':
      return toText(value);
    case 'NUMBER':
      return toNumber(value);
    case 'BOOLEAN':
      return toBoolean(value);
    case 'DATETIME':
      return value === null || value === '' ? null : toDateTime(value);
    case 'FILE':
      return pathOfFile(toText(value));
    case 'LIST':
      return toList(value);
    case 'DICTIONARY':
      return toDictionary(value);
    case 'RECORD':
      return toRecord(value);
    case 'TABLE':
      return toTable(value);
    case 'SESSION':
      if (value instanceof BotSession || value === null) return value;
      throw notA('session', value);
    case 'CREDENTIAL':
      return value instanceof BotCredential || value === null ? value : toText(value);
    default:
      return value;
  }
}

/** Whether a value may stand in a variable of the type as it is: the check that spares the conversion on every write. */
export function isOfType(type: ValueType, value: BotValue): boolean {
  switch (type) {
    case 'STRING':
      return typeof value === 'string';
    case 'NUMBER':
      return typeof value === 'number';
    case 'BOOLEAN':
      return typeof value === 'boolean';
    case 'LIST':
      return Array.isArray(value);
    case 'DICTIONARY':
      return value instanceof Map;
    case 'RECORD':
      return value instanceof BotRecord;
    case 'TABLE':
      return value instanceof BotTable;
    case 'ANY':
    case 'UNDEFINED':
      return true;
    default:
      return false;
  }
}

/** A plain decimal number, possibly with sign, fraction and exponent; undefined for anything else. */
export function readNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

/** Digits a person would write: 1e21 becomes 1000000000000000000000, 1e-7 becomes 0.0000001. */
export function numberText(number: number): string {
  const short = String(number);
  const exponent = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(short);
  if (exponent === null) return short;
  const [, sign = '', first = '', fraction = '', power = '0'] = exponent;
  const digits = first + fraction;
  const point = 1 + Number(power);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : sign + digits.padEnd(point, '0');
}

/** The word for a value's kind in messages to the bot's author. */
export function kindOf(value: BotValue): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof BotRecord) return 'a record';
  if (value instanceof BotTable) return 'a table';
  if (value instanceof BotCredential) return 'a credential';
  return value instanceof BotSession ? `a session of ${value.package}` : 'a date';
}

function toList(value: BotValue): BotList {
  if (Array.isArray(value)) return value;
  throw notA('list', value);
}

function toDictionary(value: BotValue): BotDictionary {
  if (value instanceof Map) return value;
  if (value instanceof BotRecord) {
    return new Map(value.columns.map((column, at) => [column.name, value.values[at] ?? null]));
  }
  throw notA('dictionary', value);
}

function toRecord(value: BotValue): BotRecord {
  if (value instanceof BotRecord) return value;
  if (value instanceof Map) {
    const columns = [...value.keys()].map((name) => ({ name, type: 'ANY' as const }));
    return new BotRecord(columns, [...value.values()]);
  }
  throw notA('record', value);
}

/** A list of dictionaries or records is a table's rows, as `toJson` and other programs write them. */
function toTable(value: BotValue): BotTable {
  if (value instanceof BotTable) return value;
  if (!Array.isArray(value) || !value.every((row) => row instanceof Map || row instanceof BotRecord)) {
    throw notA('table', value);
  }
  const rows = value.map((row) => toDictionary(row));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return new BotTable(
    names.map((name) => ({ name, type: 'ANY' })),
    rows.map((row) => names.map((name) => row.get(name) ?? null)),
  );
}

function notA(wanted: string, value: BotValue): BotError {
  const shown = typeof value === 'string' ? JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value) : '';
  return new BotError(`Expected a ${wanted}, but got ${kindOf(value)}${shown === '' ? '' : ` ${shown}`}`);
}
