import { BotError, packageFunction } from '@signalbox/taskbot';
import { asText, kindOf } from '../support/text.ts';

const common = { package: 'LegacyAutomation', runsOn: 'anywhere', since: '0.1.0', returns: 'STRING' } as const;

/* Which delimiters the vendor writes is not documented; a comma is what Enterprise 11 read lists by [inferred]. */

export const listToString = packageFunction({
  ...common,
  name: 'listToString',
  summary: 'The items of a list in one text, commas between them.',
  apply: (subject) => {
    if (Array.isArray(subject)) return subject.map(asText).join(',');
    throw new BotError(`Expected a list to write as a text, but got ${kindOf(subject)}.`);
  },
});

export const dictionaryToString = packageFunction({
  ...common,
  name: 'dictionaryToString',
  summary: 'The keys and values of a dictionary in one text: key=value, commas between them.',
  apply: (subject) => {
    if (subject instanceof Map) return Array.from(subject, ([key, value]) => `${key}=${asText(value)}`).join(',');
    throw new BotError(`Expected a dictionary to write as a text, but got ${kindOf(subject)}.`);
  },
});
