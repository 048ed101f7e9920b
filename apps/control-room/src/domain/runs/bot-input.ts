import { VALUE_TYPES } from '@signalbox/taskbot';
import { error } from '../../kernel/errors.ts';

/** Typed values by variable name (contract a §9.4). */
export type BotInput = Readonly<Record<string, unknown>>;

/** Which type a value that names none must be of, by the member it brings. */
const TYPE_OF_MEMBER: Readonly<Record<string, string>> = {
  string: 'STRING',
  number: 'NUMBER',
  boolean: 'BOOLEAN',
  list: 'LIST',
  dictionary: 'DICTIONARY',
  record: 'RECORD',
  table: 'TABLE',
};

/**
 * Reads the input of a deployment as clients send it: an empty text for none, nulls, type words in any letter case or
 * none at all, bare values. Whether a value fits its variable is the bot's to say, when it runs.
 *
 * @throws invalid when it is no object, or a type word is unknown (contract a §9.4)
 */
export function readBotInput(value: unknown): BotInput {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw error('invalid', 'botInput is no object.', { details: 'expected typed values by variable name' });
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, given]) => given !== null && given !== undefined)
      .map(([name, given]) => [name, readInput(name, given)]),
  );
}

function readInput(name: string, given: unknown): unknown {
  if (typeof given === 'string') return { type: 'STRING', string: given };
  if (typeof given === 'number') return { type: 'NUMBER', number: String(given) };
  if (typeof given === 'boolean') return { type: 'BOOLEAN', boolean: given };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw error('invalid', `The input "${name}" is no typed value.`, {
      details: 'expected {"type": "STRING", "string": "…"} or the like',
    });
  }
  return { ...given, type: typeOf(name, given) };
}

function typeOf(name: string, given: object): string {
  const word = 'type' in given ? given.type : undefined;
  if (word === undefined || word === null || word === '') {
    const member = Object.keys(TYPE_OF_MEMBER).find((key) => key in given);
    return (member === undefined ? undefined : TYPE_OF_MEMBER[member]) ?? 'STRING';
  }
  const type = VALUE_TYPES.find((known) => known === String(word).trim().toUpperCase());
  if (type !== undefined) return type;
  throw error('invalid', `INVALID_ARGUMENT: the input "${name}" is of no known type.`, {
    details: `expected one of ${VALUE_TYPES.join(', ')}; came: ${String(word).slice(0, 50)}`,
  });
}
