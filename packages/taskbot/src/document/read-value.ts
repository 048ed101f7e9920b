import { readNumber } from '../conversion.ts';
import { pathOfFile } from '../file-path.ts';
import type { Column } from '../value.ts';
import type { DocumentPath } from './document-error.ts';
import type { Entry, TypedValue } from './model.ts';
import { type JsonObject, listAt, objectAt, optionalTextAt, textAt, typeAt } from './read-json.ts';

/**
 * Reads one typed value. A fat shape (some 25 keys, all but one of them empty filler) needs no extra rule: only the
 * payload key of the declared type is looked at.
 */
export function readValue(json: unknown, path: DocumentPath): TypedValue {
  if (json === undefined || json === null) return { kind: 'empty', type: 'UNDEFINED', path };
  const object = objectAt(json, path);
  const type = typeAt(object, 'type', path);
  const expression = typeof object.expression === 'string' ? object.expression : '';
  // Filler of a fat shape has the empty type; a type of a later editor is still one.
  if (expression !== '' && object.type !== '') {
    return { kind: 'expression', type: type === 'UNDEFINED' ? 'ANY' : type, path, expression };
  }
  // The wire leaves out the type of a text, and documents made by programs do too.
  if (object.type === undefined && typeof object.string === 'string')
    return readValue({ ...object, type: 'STRING' }, path);
  const base = { type, path };
  switch (type) {
    case 'STRING':
    case 'DATETIME':
    case 'PATTERN': {
      const text = textAt(object, 'string', path);
      return text === '' ? { ...base, kind: 'empty' } : { ...base, kind: 'text', text };
    }
    case 'FILE': {
      const text = textAt(object, 'string', path);
      return text === '' ? { ...base, kind: 'empty' } : { ...base, kind: 'text', text: pathOfFile(text) };
    }
    case 'NUMBER':
      return readNumberValue(object, path);
    case 'BOOLEAN':
      return readBooleanValue(object, path);
    case 'LIST': {
      if (object.list === undefined || object.list === null) return { ...base, kind: 'empty' };
      const items = listAt(object, 'list', path).map((item, at) => readValue(item, [...path, 'list', at]));
      return { ...base, kind: 'list', items };
    }
    case 'DICTIONARY': {
      if (object.dictionary === undefined || object.dictionary === null) return { ...base, kind: 'empty' };
      return { ...base, kind: 'dictionary', entries: readEntries(object, path) };
    }
    case 'RECORD': {
      if (object.record === undefined || object.record === null) return { ...base, kind: 'empty' };
      const place = [...path, 'record'];
      const record = objectAt(object.record, place);
      const values = readValues(record, place);
      return { ...base, kind: 'record', columns: readColumns(record, place, values.length), values };
    }
    case 'TABLE': {
      if (object.table === undefined || object.table === null) return { ...base, kind: 'empty' };
      const place = [...path, 'table'];
      const table = objectAt(object.table, place);
      const rows = listAt(table, 'rows', place).map((row, at) => {
        const rowPlace = [...place, 'rows', at];
        return readValues(objectAt(row, rowPlace), rowPlace);
      });
      const width = Math.max(0, ...rows.map((row) => row.length));
      return { ...base, kind: 'table', columns: readColumns(table, place, width), rows };
    }
    case 'VARIABLE': {
      const variableName = textAt(object, 'variableName', path);
      if (variableName === '') return { ...base, kind: 'empty' };
      return { ...base, kind: 'variable', variableName, packageName: optionalTextAt(object, 'packageName', path) };
    }
    case 'VARIABLEMAP': {
      const words = (key: string) => listAt(object, key, path).map((word) => String(word));
      return { ...base, kind: 'variables', filter: words('variableMapFilter'), names: words('variableMapNames') };
    }
    case 'CONDITIONAL':
      return readMember(object, 'conditionalName', base);
    case 'ITERATOR':
      return readMember(object, 'iteratorName', base);
    case 'EXCEPTION':
      return readMember(object, 'exceptionName', base);
    case 'TASKBOT':
      return readTaskbot(object, base);
    case 'CREDENTIAL': {
      if (object.credential === undefined || object.credential === null) return textOrEmpty(object, base);
      const place = [...path, 'credential'];
      const credential = objectAt(object.credential, place);
      const name = textAt(credential, 'name', place);
      const lockerName = textAt(credential, 'lockerName', place);
      const attributeName = textAt(credential, 'attributeName', place);
      if (name === '') return { ...base, kind: 'empty' };
      return { ...base, kind: 'credential', name, lockerName, attributeName };
    }
    case 'SESSION': {
      if (object.sessionName === undefined || object.sessionName === null) return { ...base, kind: 'empty' };
      const name = object.sessionName;
      const place = [...path, 'sessionName'];
      const sessionName: TypedValue =
        typeof name === 'string' ? { kind: 'text', type: 'STRING', path: place, text: name } : readValue(name, place);
      const global = textAt(object, 'sessionTarget', path).toUpperCase() === 'GLOBAL';
      return { ...base, kind: 'session', sessionName, global };
    }
    case 'ANY':
      return readAny(object, base);
    case 'UNDEFINED':
      // A type word of a later editor: kept, as WINDOW and the like are; no type word at all is filler.
      return textAt(object, 'type', path) === '' || object.type === 'UNDEFINED'
        ? { ...base, kind: 'empty' }
        : { ...base, kind: 'opaque', payload: object };
    default:
      return { ...base, kind: 'opaque', payload: object };
  }
}

type Base = Pick<TypedValue, 'type' | 'path'>;

/** Text that is no number stays text: the check reports it, should the node ever run. */
function readNumberValue(object: JsonObject, path: DocumentPath): TypedValue {
  const text = textAt(object, 'number', path).trim();
  if (text === '') return { kind: 'empty', type: 'NUMBER', path };
  const number = readNumber(text);
  if (number === undefined) return { kind: 'text', type: 'NUMBER', path, text };
  return { kind: 'number', type: 'NUMBER', path, number };
}

function readBooleanValue(object: JsonObject, path: DocumentPath): TypedValue {
  const text = textAt(object, 'boolean', path).trim().toLowerCase();
  if (text === '') return { kind: 'empty', type: 'BOOLEAN', path };
  if (text !== 'true' && text !== 'false') return { kind: 'text', type: 'BOOLEAN', path, text };
  return { kind: 'boolean', type: 'BOOLEAN', path, boolean: text === 'true' };
}

/** ANY carries the payload of whatever it holds. */
function readAny(object: JsonObject, base: Base): TypedValue {
  const { path } = base;
  if (textAt(object, 'string', path) !== '') return textOrEmpty(object, base);
  const payloads = [
    ['number', 'NUMBER'],
    ['boolean', 'BOOLEAN'],
    ['list', 'LIST'],
    ['dictionary', 'DICTIONARY'],
    ['record', 'RECORD'],
    ['table', 'TABLE'],
  ] as const;
  for (const [key, type] of payloads) {
    const payload = object[key];
    if (payload === undefined || payload === null || payload === '') continue;
    return { ...readValue({ type, [key]: payload }, path), type: 'ANY' };
  }
  return { ...base, kind: 'empty' };
}

function textOrEmpty(object: JsonObject, base: Base): TypedValue {
  const text = textAt(object, 'string', base.path);
  return text === '' ? { ...base, kind: 'empty' } : { ...base, kind: 'text', text };
}

function readMember(object: JsonObject, key: string, base: Base): TypedValue {
  const name = textAt(object, key, base.path);
  if (name === '') return { ...base, kind: 'empty' };
  return { ...base, kind: 'member', packageName: textAt(object, 'packageName', base.path), name };
}

function readTaskbot(object: JsonObject, base: Base): TypedValue {
  const { path } = base;
  const file = readValue(object.taskbotFile, [...path, 'taskbotFile']);
  if (file.kind === 'empty') return { ...base, kind: 'empty' };
  const part = (key: string) =>
    object[key] === undefined || object[key] === null ? undefined : readValue(object[key], [...path, key]);
  return { ...base, kind: 'taskbot', file, input: part('taskbotInput'), output: part('taskbotOutput') };
}

function readEntries(object: JsonObject, path: DocumentPath): Entry[] {
  return listAt(object, 'dictionary', path).map((json, at) => {
    const place = [...path, 'dictionary', at];
    const entry = objectAt(json, place);
    return { key: textAt(entry, 'key', place), value: readValue(entry.value, [...place, 'value']) };
  });
}

function readValues(object: JsonObject, path: DocumentPath): TypedValue[] {
  return listAt(object, 'values', path).map((value, at) => readValue(value, [...path, 'values', at]));
}

/** The schema, filled up with nameless columns where the rows are wider: a TABLE's names may be left out altogether. */
export function readColumns(object: JsonObject, path: DocumentPath, width: number): Column[] {
  const columns = listAt(object, 'schema', path).map((json, at): Column => {
    const place = [...path, 'schema', at];
    const column = objectAt(json, place);
    const type = typeAt(column, 'type', place);
    return { name: textAt(column, 'name', place), type: type === 'UNDEFINED' ? 'STRING' : type };
  });
  while (columns.length < width) columns.push({ name: '', type: 'STRING' });
  return columns;
}
