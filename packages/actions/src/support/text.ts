import { ZonedDateTime } from '@js-joda/core';
import { BotRecord, BotSession, BotTable, type BotValue } from '@signalbox/taskbot';
import { Decimal } from 'decimal.js';

/** How a value reads in a log, a message or a joined text. A BotCredential stays asterisks. */
export const asText = (value: BotValue | undefined): string => {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof ZonedDateTime) return value.toString();
  if (Array.isArray(value)) return `[${value.map(asText).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, held]) => `${key}=${asText(held)}`).join(', ')}}`;
  if (value instanceof BotRecord) return value.values.map(asText).join(',');
  if (value instanceof BotTable) return value.rows.map((row) => row.map(asText).join(',')).join('\n');
  if (value instanceof BotSession) return `${value.package} session`;
  return value.toString();
};

/** Digits without an exponent: a bot's text comparison or file name has no use for `1e+21`. */
export const numberText = (value: number): string => {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return size === 0 ? '0' : String(value);
  return size >= 1e21 || size < 1e-6 ? new Decimal(value).toFixed() : String(value);
};

/** For messages: the kind of a value, never its content. */
export const kindOf = (value: BotValue | undefined): string => {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof BotRecord) return 'a record';
  if (value instanceof BotTable) return 'a table';
  if (value instanceof ZonedDateTime) return 'a date';
  if (value instanceof BotSession) return 'a session';
  if (typeof value === 'object') return 'a credential';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
};

/** Enough of a text to recognise it in a message, not enough to fill a log with it. */
export const excerpt = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/**
 * Lower case with every position kept, so that a find in the folded text is a find in the original. (`İ`.toLowerCase()
 * has two units; such letters stay as they are.)
 */
export const foldCase = (text: string): string => {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  return Array.from(text, (letter) => {
    const lower = letter.toLowerCase();
    return lower.length === letter.length ? lower : letter;
  }).join('');
};
