import { error } from '../../kernel/errors.ts';
import { LONGEST_VALUE } from './values.ts';

/** One key of a secret, as it is sealed. */
export interface SecretText {
  readonly key: string;
  readonly text: string;
  /** The text is the JSON of a value that is no text. */
  readonly isJson: boolean;
}

const LONGEST_NAME = 255;
const MOST_KEYS = 100;
/** Where the key of the server stands on the wire; a secret of this name would hide it. */
const RESERVED = 'publickey';

/** @throws invalid */
export function requireSecretName(text: string): string {
  const name = text.trim();
  if (name.toLowerCase() === RESERVED)
    throw error('invalid', 'A secret cannot be named publicKey: the key of the server is found under that name.');
  return requireText(name, 'name of the secret');
}

/** What a secret holds, key by key. @throws invalid, without showing any of it */
export function textsOf(value: unknown): SecretText[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw error('invalid', 'A secret is an object of keys and values.', {
      details: `came: ${Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`}`,
    });
  const entries = Object.entries(value);
  if (entries.length > MOST_KEYS)
    throw error('invalid', 'The secret holds too much.', {
      details: `expected at most ${MOST_KEYS} keys; came ${entries.length}`,
    });
  requireDistinct(entries.map(([key]) => key));
  return entries.map(([key, one]) => {
    const isJson = typeof one !== 'string';
    const text = isJson ? jsonOf(key, one) : one;
    if (text.length > LONGEST_VALUE)
      throw error('invalid', `The value of "${requireText(key, 'key')}" is too long.`, {
        details: `expected at most ${LONGEST_VALUE} characters; came ${text.length}`,
      });
    return { key: requireText(key, 'key'), text, isJson };
  });
}

/** The value of a key. What people have changed to something that is no JSON is a text from then on. */
export function readSecretValue(text: string, isJson: boolean): unknown {
  if (!isJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonOf(key: string, value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw error('invalid', `The value of "${key.slice(0, LONGEST_NAME)}" is nested too deeply.`);
  }
}

function requireDistinct(keys: readonly string[]): void {
  const lower = keys.map((key) => key.toLowerCase());
  const twice = keys.find((_, i) => lower.indexOf(lower[i] ?? '') !== i);
  if (twice !== undefined)
    throw error('invalid', `The key "${twice.slice(0, LONGEST_NAME)}" is there twice: letter case does not count.`);
}

function requireText(text: string, what: string): string {
  if (text.trim() !== '' && text.length <= LONGEST_NAME && !/\p{Cc}/u.test(text)) return text;
  throw error('invalid', `The ${what} cannot be used.`, {
    details: `expected 1 to ${LONGEST_NAME} characters, none of them a control character`,
  });
}
