import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type BotDocument,
  BotError,
  type BotValue,
  type BotVariable,
  convertTo,
  fromJson,
  type Json,
  readTypedValue,
  TypedValueError,
} from '@signalbox/taskbot';
import { UsageError } from '../command.ts';
import { readPair } from './read-pair.ts';

/**
 * The inputs of a run: those of the file, then those of the command line, each in the type of the bot's input variable.
 *
 * @param pairs `name=value`; lists, dictionaries, records and tables as JSON
 * @param file JSON object of typed values (`{"type": "NUMBER", "number": "3"}`) or plain ones
 */
export async function readInputs(
  document: BotDocument,
  pairs: readonly string[],
  file: string | undefined,
): Promise<Map<string, BotValue>> {
  const inputs = new Map<string, BotValue>();
  for (const [name, json] of file === undefined ? [] : Object.entries(await readJsonFile('--inputs', file))) {
    const variable = findInput(document, name);
    inputs.set(
      variable.name,
      convert(variable, `${name} in ${file}`, () => valueOfJson(json)),
    );
  }
  for (const pair of pairs) {
    const [name, text] = readPair('--input', pair);
    const variable = findInput(document, name);
    inputs.set(
      variable.name,
      convert(variable, `--input ${name}`, () => valueOfText(variable, text)),
    );
  }
  return inputs;
}

/** An object in a JSON file that an option names. */
export async function readJsonFile(option: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${option}: ${file} cannot be read`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new UsageError(`${option}: expected JSON in ${file}, but it is none`, { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError(`${option}: expected an object {"name": value} in ${file}`);
  }
  return json as Readonly<Record<string, unknown>>; // neither null nor array
}

function findInput(document: BotDocument, name: string): BotVariable {
  const inputs = document.variables.filter(({ input }) => input);
  const found = inputs.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const known = inputs.map((one) => `${one.name} (${one.type})`).join(', ');
  throw new UsageError(
    `The bot has no input "${name}". ${known === '' ? 'It has no inputs at all' : `It has ${known}`}`,
  );
}

function convert(variable: BotVariable, place: string, read: () => BotValue): BotValue {
  if (variable.type === 'CREDENTIAL' || variable.type === 'SESSION') {
    throw new UsageError(
      `${place}: a ${variable.type} cannot be given as an input. Give credentials with --credential`,
    );
  }
  try {
    return convertTo(variable.type, read());
  } catch (error) {
    if (!(error instanceof BotError || error instanceof TypedValueError)) throw error;
    throw new UsageError(`${place}: ${error.message}. The variable is a ${variable.type}`, { cause: error });
  }
}

function valueOfText({ type }: BotVariable, text: string): BotValue {
  if (type === 'FILE') return isPlainPath(text) ? resolve(text) : text;
  if (type === 'LIST' || type === 'DICTIONARY' || type === 'RECORD' || type === 'TABLE') {
    try {
      return valueOfJson(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new BotError(`Expected JSON, such as ${type === 'LIST' ? '["a", "b"]' : '{"key": "value"}'}`);
    }
  }
  return text;
}

/** Paths on the command line start where the command does; URIs and Windows drives are the bot's to read. */
const isPlainPath = (text: string): boolean => text !== '' && !/^[a-z]+:/i.test(text);

/** A typed value when it says its type, else what plain JSON means. */
function valueOfJson(json: unknown): BotValue {
  const isTyped = typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string';
  return isTyped ? readTypedValue(json) : fromJson(json as Json); // it came out of JSON.parse
}
