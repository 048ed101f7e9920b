import { VALUE_TYPES, type ValueType } from '../value.ts';
import { DocumentError, type DocumentPath, showJson } from './document-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** How many steps of keys and positions lead to the deepest place; real bots stay below 40. A node in a node is two. */
const DEEPEST_PATH = 400;

/** The value as an object, or a DocumentError that names the place. */
export function objectAt(json: unknown, path: DocumentPath): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new DocumentError({ path }, 'an object', showJson(json));
  }
  if (path.length > DEEPEST_PATH) {
    const place = { path: path.slice(0, 8) };
    throw new DocumentError(
      place,
      `at most ${DEEPEST_PATH / 2} levels of lines, conditions or values inside it`,
      'more',
    );
  }
  return json as JsonObject; // neither null nor array: JSON has no other object
}

/** The list at a key; missing and null are an empty one, for newer exports drop what is empty. */
export function listAt(object: JsonObject, key: string, path: DocumentPath): readonly unknown[] {
  const list = object[key];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new DocumentError({ path: [...path, key] }, 'a list', showJson(list));
  return list;
}

/** The text at a key; numbers and booleans count as their text, missing and null as empty. */
export function textAt(object: JsonObject, key: string, path: DocumentPath): string {
  const text = object[key];
  if (typeof text === 'string') return text;
  if (text === undefined || text === null) return '';
  if (typeof text === 'number' || typeof text === 'boolean') return String(text);
  throw new DocumentError({ path: [...path, key] }, 'text', showJson(text));
}

export function optionalTextAt(object: JsonObject, key: string, path: DocumentPath): string | undefined {
  const text = textAt(object, key, path);
  return text === '' ? undefined : text;
}

/** A flag; missing is false, and the text "true" of older exports is true. */
export function flagAt(object: JsonObject, key: string): boolean {
  const flag = object[key];
  return flag === true || (typeof flag === 'string' && flag.toLowerCase() === 'true');
}

/** The type word at a key; UNDEFINED for the empty word (filler of fat shapes) and for words of later editors. */
export function typeAt(object: JsonObject, key: string, path: DocumentPath): ValueType {
  const word = textAt(object, key, path).toUpperCase();
  return VALUE_TYPES.find((known) => known === word) ?? 'UNDEFINED';
}
