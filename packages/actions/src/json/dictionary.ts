import { action, attribute, BotError, fromJson, toJson } from '@signalbox/taskbot';
import { parseJson } from './document.ts';

const common = { package: 'Json', runsOn: 'anywhere', since: '0.1.0' } as const;

export const jsonToDictionary = action({
  ...common,
  name: 'JSONToDictionary',
  summary: 'Reads a JSON object into a dictionary; objects inside become dictionaries, lists become lists.',
  attributes: { json: attribute.text({ alias: ['jsonString', 'data', 'sourceString', 'source'] }) },
  returns: 'DICTIONARY',
  run: (input) => {
    const value = fromJson(parseJson(input.json));
    if (value instanceof Map) return value;
    throw new BotError(
      'Expected a JSON object, which starts with {. Put the value into an object, or use a Json session.',
    );
  },
});

/** A credential inside is written as asterisks. */
export const dictionaryToJson = action({
  ...common,
  name: 'DictionaryToJSON',
  summary: 'Writes a dictionary as a JSON object.',
  attributes: {
    dictionary: attribute.dictionary({ required: true, alias: ['sourceMap', 'sourceDictionary', 'source'] }),
  },
  returns: 'STRING',
  run: (input) => JSON.stringify(toJson(input.dictionary)),
});
