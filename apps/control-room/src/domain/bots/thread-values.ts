import {
  BotError,
  type BotValue,
  convertTo,
  printTypedValue,
  readTypedValue,
  TypedValueError,
  type ValueType,
} from '@signalbox/taskbot';

/* What a caller sends becomes the bot's inputs, and its outputs become what the caller gets. */

/** What a caller sent is not what the bot takes; the message names the place. */
export class InputFault extends Error {}

/**
 * `{"botInput": {name: typed value}}`, as sloppy as it may come: no body, null, an empty text, keys in any letter case
 * (contract a §9.3, b §2.6). Names that the bot does not take are left out by the run.
 */
export function readInputs(body: string, types: ReadonlyMap<string, ValueType>): ReadonlyMap<string, BotValue> {
  const inputs = new Map<string, BotValue>();
  const text = body.trim();
  if (text === '') return inputs;
  const given = memberOf(JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text), 'botInput');
  if (given === undefined || given === null || given === '') return inputs;
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new InputFault('botInput: expected an object of typed values by variable name');
  }
  for (const [name, value] of Object.entries(given)) {
    if (value !== null) inputs.set(name, readInput(name, value, types.get(name.toLowerCase())));
  }
  return inputs;
}

/** What the bot's variable cannot hold is the caller's mistake, found before anything runs. */
function readInput(name: string, json: unknown, type: ValueType | undefined): BotValue {
  try {
    const value = readTypedValue(json);
    return type === undefined || value === null ? value : convertTo(type, value);
  } catch (cause) {
    if (!(cause instanceof TypedValueError || cause instanceof BotError)) throw cause;
    const inside = cause instanceof TypedValueError && cause.place !== '';
    throw new InputFault(inside ? `botInput.${name}.${cause.message}` : `botInput.${name}: ${cause.message}`);
  }
}

function memberOf(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InputFault('The body: expected an object with botInput');
  }
  if (name in json) return (json as Record<string, unknown>)[name];
  const key = Object.keys(json).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : (json as Record<string, unknown>)[key];
}

export function printOutputs(values: ReadonlyMap<string, BotValue>, types: ReadonlyMap<string, ValueType>): string {
  // No prototype: a bot may call its variable `__proto__`.
  const botOutput: Record<string, unknown> = Object.create(null);
  for (const [name, value] of values) botOutput[name] = printTypedValue(value, types.get(name));
  return JSON.stringify({ hotBotResult: { botOutput } });
}
