import { ZonedDateTime } from '@js-joda/core';
import { numberText, readNumber, toText } from './conversion.ts';
import { printDateTime, readDateTime } from './date-text.ts';
import { BotError } from './declaration.ts';
import { showJson } from './document/document-error.ts';
import { type Json, opaqueFrom, toJson } from './json.ts';
import { DEEPEST_VALUE, tooDeep } from './size-limits.ts';
import {
  BotCredential,
  BotOpaque,
  BotRecord,
  BotTable,
  type BotValue,
  type Column,
  VALUE_TYPES,
  type ValueType,
} from './value.ts';

/** A typed value that came over a wire is not one: where in it (`list[2].number`), what was expected, what came. */
export class TypedValueError extends Error {
  override readonly name = 'TypedValueError';
  readonly place: string;
  readonly expected: string;

  constructor(place: string, expected: string, found: unknown) {
    const shown = found === undefined ? 'nothing' : showJson(found);
    super(`${place === '' ? 'The value' : place}: expected ${expected}, found ${shown}`);
    this.place = place;
    this.expected = expected;
  }
}

type Members = Readonly<Record<string, unknown>>;

const DEEPEST = 100;

/**
 * Global values for `Host.globalValue`, by name in lower case. What cannot be read is not there, and a bot that names it is
 * told so: it was checked when it was saved, by this version or a newer one.
 */
export function readGlobalValues(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, BotValue> {
  const read = new Map<string, BotValue>();
  for (const [name, value] of Object.entries(values)) {
    try {
      read.set(name.toLowerCase(), readTypedValue(value));
    } catch (cause) {
      if (!(cause instanceof TypedValueError)) throw cause;
    }
  }
  return read;
}

/**
 * Reads a value of the wire grammar in which callers give inputs and get outputs: `{"type": "STRING", "string": "x"}`
 * (contract a §9.4, b "Typed value grammar"). `type` is STRING when absent; NUMBER is a string of digits, a JSON number is
 * taken too; BOOLEAN takes "true" and "false". An `expression` is not evaluated: what comes from outside is data.
 *
 * @throws TypedValueError for an unknown type, a missing payload, or a payload of the wrong kind
 */
export function readTypedValue(json: unknown): BotValue {
  return readAt(json, '', 0);
}

function readAt(json: unknown, place: string, depth: number): BotValue {
  if (depth > DEEPEST) throw new TypedValueError(place, `at most ${DEEPEST} levels`, 'more');
  const value = membersAt(json, place);
  const type = typeOf(value.type ?? 'STRING', place);
  const at = (key: string) => (place === '' ? key : `${place}.${key}`);
  switch (type) {
    case 'STRING':
    case 'FILE':
    case 'PATTERN':
      return textAt(value.string, at('string'));
    case 'NUMBER':
      return numberAt(value.number, at('number'));
    case 'BOOLEAN':
      return booleanAt(value.boolean, at('boolean'));
    case 'DATETIME':
      return dateAt(value.string, at('string'));
    case 'LIST':
      return listAt(value.list, at('list')).map((item, index) => readAt(item, `${at('list')}[${index}]`, depth + 1));
    case 'DICTIONARY':
      return new Map(
        listAt(value.dictionary, at('dictionary')).map((json, index) => {
          const inner = `${at('dictionary')}[${index}]`;
          const entry = membersAt(json, inner);
          return [textAt(entry.key, `${inner}.key`), readAt(entry.value, `${inner}.value`, depth + 1)];
        }),
      );
    case 'RECORD': {
      const record = membersAt(value.record, at('record'));
      const values = valuesAt(record, at('record'), depth);
      const columns = columnsAt(record, at('record'), values.length);
      return new BotRecord(columns, fill(values, columns.length));
    }
    case 'TABLE': {
      const table = membersAt(value.table, at('table'));
      const rows = listAt(table.rows, `${at('table')}.rows`).map((row, index) => {
        const inner = `${at('table')}.rows[${index}]`;
        return valuesAt(membersAt(row, inner), inner, depth);
      });
      const columns = columnsAt(table, at('table'), Math.max(0, ...rows.map((row) => row.length)));
      return new BotTable(
        columns,
        rows.map((row) => fill(row, columns.length)),
      );
    }
    case 'ANY':
      return anyAt(value, place, depth);
    case 'UNDEFINED':
      return null;
    default:
      return opaqueAt(value, type, at);
  }
}

/** Of the types that only pass through: the member each carries, and of what kind it is where one has been seen. */
const PAYLOADS: Readonly<Partial<Record<ValueType, Readonly<Record<string, 'text' | 'object' | 'list'>>>>> = {
  WINDOW: { window: 'object', presetType: 'text' },
  UIOBJECT: { uiObject: 'object', uiObjectWindow: 'object' },
  CREDENTIAL: { credential: 'object' },
  VARIABLE: { variableName: 'text', packageName: 'text' },
  VARIABLEMAP: { variableMapFilter: 'list', variableMapNames: 'list' },
  ITERATOR: { iteratorName: 'text', packageName: 'text' },
  CONDITIONAL: { conditionalName: 'text', packageName: 'text' },
  EXCEPTION: { exceptionName: 'text', packageName: 'text' },
  TASKBOT: { taskbotFile: 'object', taskbotInput: 'object', taskbotOutput: 'object' },
  REGEX: { list: 'list', regexFlags: 'object' },
};

/**
 * A value that means something inside a document or on a desktop, or that nobody has seen (COORDINATE, IMAGE, REGION,
 * PROPERTIES, TRIGGER, CONDITIONALGROUP, FORM, FORMELEMENT, HOTKEY, WORKITEM): kept as it came, and given back so.
 */
function opaqueAt(value: Members, type: ValueType, at: (key: string) => string): BotOpaque {
  for (const [key, kind] of Object.entries(PAYLOADS[type] ?? {})) {
    const payload = value[key];
    if (payload === undefined || payload === null) continue;
    if (kind === 'text') textAt(payload, at(key));
    else if (kind === 'list') listAt(payload, at(key));
    else membersAt(payload, at(key));
  }
  try {
    // It came out of JSON, or is refused.
    return opaqueFrom(type, value as { readonly [key: string]: Json });
  } catch (error) {
    if (error instanceof BotError) throw new TypedValueError(at(''), `at most ${DEEPEST_VALUE} levels`, 'more');
    throw error;
  }
}

/** Writes a value in the wire grammar. Of `type` only what the value cannot say itself is taken: FILE, and nothing's type. */
export function printTypedValue(value: BotValue, type: ValueType = 'ANY'): Json {
  return printAt(value, type, 0);
}

function printAt(value: BotValue, type: ValueType, depth: number): Json {
  if (depth > DEEPEST_VALUE) throw tooDeep();
  if (value === null) return printNothing(type);
  if (typeof value === 'string')
    return { type: type === 'FILE' || type === 'PATTERN' ? type : 'STRING', string: value };
  if (typeof value === 'number') return { type: 'NUMBER', number: numberText(value) };
  if (typeof value === 'boolean') return { type: 'BOOLEAN', boolean: value };
  if (value instanceof ZonedDateTime) return { type: 'DATETIME', string: printDateTime(value) };
  if (Array.isArray(value)) return { type: 'LIST', list: value.map((item) => printAt(item, 'ANY', depth + 1)) };
  if (value instanceof BotOpaque) return toJson(value);
  if (value instanceof Map) {
    const dictionary = Array.from(value, ([key, item]) => ({ key, value: printAt(item, 'ANY', depth + 1) }));
    return { type: 'DICTIONARY', dictionary };
  }
  if (value instanceof BotRecord) {
    return {
      type: 'RECORD',
      record: { schema: printColumns(value.columns), values: printRow(value.columns, value.values, depth) },
    };
  }
  if (value instanceof BotTable) {
    const rows = value.rows.map((row) => ({ values: printRow(value.columns, row, depth) }));
    return { type: 'TABLE', table: { schema: printColumns(value.columns), rows } };
  }
  if (value instanceof BotCredential) return { type: 'STRING', string: toText(value) };
  return { type: 'UNDEFINED' }; // a session means nothing outside its run
}

function printNothing(type: ValueType): Json {
  if (type === 'NUMBER') return { type, number: '' };
  return type === 'DATETIME' || type === 'STRING' ? { type, string: '' } : { type: 'UNDEFINED' };
}

function printColumns(columns: readonly Column[]): Json {
  return columns.map(({ name, type }) => ({ name, type }));
}

function printRow(columns: readonly Column[], values: readonly BotValue[], depth: number): Json[] {
  return columns.map((column, at) => printAt(values[at] ?? null, column.type === 'FILE' ? 'FILE' : 'ANY', depth + 1));
}

function typeOf(word: unknown, place: string): ValueType {
  const type = VALUE_TYPES.find((known) => known === word);
  if (type === undefined) throw new TypedValueError(place === '' ? 'type' : `${place}.type`, 'a value type', word);
  return type;
}

function membersAt(json: unknown, place: string): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new TypedValueError(place, 'an object', json);
  }
  return json as Members; // neither null nor array: JSON has no other object
}

function listAt(json: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new TypedValueError(place, 'a list', json);
  return json;
}

function textAt(json: unknown, place: string): string {
  if (typeof json !== 'string') throw new TypedValueError(place, 'text', json);
  return json;
}

/** `""` is an empty number: nothing. */
function numberAt(json: unknown, place: string): BotValue {
  if (typeof json === 'number' && Number.isFinite(json)) return json;
  if (json === '') return null;
  const number = typeof json === 'string' ? readNumber(json) : undefined;
  if (number === undefined) throw new TypedValueError(place, 'a number as text', json);
  return number;
}

function booleanAt(json: unknown, place: string): boolean {
  if (typeof json === 'boolean') return json;
  const word = typeof json === 'string' ? json.toLowerCase() : '';
  if (word !== 'true' && word !== 'false') throw new TypedValueError(place, 'true or false', json);
  return word === 'true';
}

function dateAt(json: unknown, place: string): BotValue {
  const text = textAt(json, place);
  if (text === '') return null;
  const moment = readDateTime(text);
  if (moment === undefined) throw new TypedValueError(place, 'an ISO date and time with zone', json);
  return moment;
}

function valuesAt(holder: Members, place: string, depth: number): BotValue[] {
  return listAt(holder.values, `${place}.values`).map((item, at) => readAt(item, `${place}.values[${at}]`, depth + 1));
}

function columnsAt(holder: Members, place: string, width: number): Column[] {
  const columns = listAt(holder.schema ?? [], `${place}.schema`).map((json, at): Column => {
    const inner = `${place}.schema[${at}]`;
    const column = membersAt(json, inner);
    return { name: typeof column.name === 'string' ? column.name : '', type: typeOf(column.type ?? 'STRING', inner) };
  });
  while (columns.length < width) columns.push({ name: '', type: 'STRING' });
  return columns;
}

function fill(values: BotValue[], width: number): BotValue[] {
  while (values.length < width) values.push(null);
  return values;
}

function anyAt(value: Members, place: string, depth: number): BotValue {
  const payloads = { string: 'STRING', number: 'NUMBER', boolean: 'BOOLEAN', list: 'LIST', dictionary: 'DICTIONARY' };
  for (const [key, type] of Object.entries({ ...payloads, record: 'RECORD', table: 'TABLE' })) {
    if (value[key] !== undefined) return readAt({ ...value, type }, place, depth);
  }
  return null;
}
