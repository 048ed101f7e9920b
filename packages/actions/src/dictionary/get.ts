import { action, attribute, BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';

export const get = action({
  package: 'Dictionary',
  name: 'get',
  summary: 'Takes the value at a key.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceMap: attribute.dictionary({ required: true }), key: attribute.text() },
  returns: 'ANY',
  run: (input) => {
    const value = input.sourceMap.get(input.key);
    if (value !== undefined) return value;
    // Keys name things; values may be confidential, so only keys are told.
    const keys = Array.from(input.sourceMap.keys(), (key) => `"${key}"`).join(', ');
    throw new BotError(
      `The dictionary has no key "${excerpt(input.key)}". ${keys === '' ? 'It is empty.' : `Its keys are ${keys.slice(0, 300)}.`} Letter case counts.`,
    );
  },
});
