import { BotCredential, BotError, type BotList, BotRecord, type BotValue } from '@signalbox/taskbot';
import { asText, kindOf } from '../support/text.ts';

/** One row of a list such as `customHeaders`: a dictionary `{enabled, name, value}` [observed]. */
export interface NamedValue {
  readonly name: string;
  readonly value: BotValue;
  readonly get: (key: string) => BotValue;
}

/** The rows that are switched on and have a name; the editor leaves an empty one at the end. */
export const namedValues = (list: BotList, what: string): NamedValue[] =>
  list.flatMap((row) => {
    const members = membersOf(row, what);
    const get = (key: string): BotValue => members.get(key.toLowerCase()) ?? null;
    const name = asText(get('name') ?? get('key')).trim();
    const off = asText(get('enabled')).toLowerCase() === 'false';
    return off || name === '' ? [] : [{ name, value: get('value'), get }];
  });

const membersOf = (row: BotValue, what: string): Map<string, BotValue> => {
  if (row instanceof Map) return new Map(Array.from(row, ([key, value]) => [key.toLowerCase(), value]));
  if (row instanceof BotRecord) {
    return new Map(row.columns.map((column, at) => [column.name.toLowerCase(), row.values[at] ?? null]));
  }
  throw new BotError(`Expected ${what} as dictionaries with name and value, but got ${kindOf(row)}.`);
};

/** The text to send for a value: this is where a credential is used, so here it is revealed. */
export const sentText = (value: BotValue): string => (value instanceof BotCredential ? value.reveal() : asText(value));
