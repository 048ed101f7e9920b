import { BotError, BotSession, type BotValue, toJson } from '@signalbox/taskbot';
import { excerpt, numberText } from '../support/text.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** What a Json session holds. The root may be replaced, so it is a member. */
export class JsonDocument {
  root: JsonValue;

  constructor(root: JsonValue) {
    this.root = root;
  }
}

export const documentOf = (session: BotSession): JsonDocument => {
  if (session instanceof BotSession && session.closed) {
    throw new BotError('The Json session is closed. Open a new one with "Json: Start session".');
  }
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

/** What a value that a bot writes into a document becomes: JSON where the text is a JSON object or list, else a text. */
export const jsonFromInput = (value: BotValue): JsonValue => {
  // toJson makes everything afresh, so nobody relies on its being read-only.
  if (typeof value !== 'string') return toJson(value) as JsonValue;
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
};

export const missing = (path: string): BotError =>
  new BotError(`The JSON document has nothing at "${excerpt(path)}". Check the path: a.b[2].c, list positions from 0.`);
