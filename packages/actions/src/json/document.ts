import { ZonedDateTime } from '@js-joda/core';
import { BotCredential, BotError, BotRecord, BotSession, BotTable, type BotValue } from '@signalbox/taskbot';
import { asText, excerpt, numberText } from '../support/text.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** What a Json session holds. The root may be replaced, so it is a member. */
export class JsonDocument {
  root: JsonValue;

  constructor(root: JsonValue) {
    this.root = root;
  }
}

export const documentOf = (session: BotSession): JsonDocument => {
  if (session instanceof BotSession && session.content instanceof JsonDocument) return session.content;
  throw new BotError('Expected a Json session. Open one with "Json: Start session" before this action.');
};

export const parseJson = (text: string): JsonValue => {
  try {
    // JSON.parse answers `any`; what it answers is exactly a JsonValue.
    return JSON.parse(text.replace(/^\ufeff/, ''), /\d{16}/.test(text) ? keepLongNumbers : undefined) as JsonValue;
  } catch (cause) {
    const place = placeOf(cause);
    throw new BotError(
      text.trim() === ''
        ? 'Expected a JSON text, but it is empty. Check the variable or file it comes from.'
        : `The text is not JSON${place}. Names and texts stand in double quotes, and no comma stands before a closing bracket.`,
    );
  }
};

/** The message of JSON.parse quotes the document, which may be confidential: only the place is taken from it. */
const placeOf = (cause: unknown): string => {
  const message = cause instanceof Error ? cause.message : '';
  if (message.includes('end of JSON')) return ': it ends too early';
  const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  return position === undefined ? '' : `: it breaks ${position}`;
};

/** An order number of 18 digits must not lose its last ones: what a double cannot hold stays a text. */
const keepLongNumbers = (_key: string, value: JsonValue, context?: { source?: string }): JsonValue =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  !Number.isSafeInteger(value) &&
  context?.source !== undefined &&
  /^-?\d+$/.test(context.source)
    ? context.source
    : value;

/** A node as the text a bot gets: a text bare, everything else as JSON; `null` is empty. */
export const nodeText = (node: JsonValue): string => {
  if (typeof node === 'string') return node;
  if (typeof node === 'number') return numberText(node);
  return node === null ? '' : JSON.stringify(node);
};

export const botValueOf = (node: JsonValue): BotValue => {
  if (Array.isArray(node)) return node.map(botValueOf);
  if (node !== null && typeof node === 'object') {
    return new Map(Object.entries(node).map(([key, held]) => [key, botValueOf(held)]));
  }
  return node;
};

export const jsonValueOf = (value: BotValue): JsonValue => {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(jsonValueOf);
  if (value instanceof Map) return objectOf(value);
  if (value instanceof BotRecord) return recordObject(value);
  if (value instanceof BotTable) return value.rows.map((row) => recordObject(new BotRecord(value.columns, row)));
  if (value instanceof ZonedDateTime || value instanceof BotCredential) return asText(value);
  throw new BotError('A session cannot be written as JSON. Take it out of the dictionary.');
};

const recordObject = (record: BotRecord): JsonValue =>
  objectOf(record.columns.map((column, index) => [column.name, record.values[index] ?? null] as const));

/** Through fromEntries, so that a key `__proto__` is a key like any other. */
const objectOf = (entries: Iterable<readonly [string, BotValue]>): JsonValue =>
  Object.fromEntries(Array.from(entries, ([key, held]) => [key, jsonValueOf(held)]));

/** What a value that a bot writes into a document becomes: JSON where the text is a JSON object or list, else a text. */
export const jsonFromInput = (value: BotValue): JsonValue => {
  if (typeof value !== 'string') return jsonValueOf(value);
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
};

export const missing = (path: string): BotError =>
  new BotError(`The JSON document has nothing at "${excerpt(path)}". Check the path: a.b[2].c, list positions from 0.`);
