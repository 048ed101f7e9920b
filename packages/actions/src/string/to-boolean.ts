import { action, attribute, BotError, packageFunction } from '@signalbox/taskbot';
import { asText, excerpt } from '../support/text.ts';

const booleanFromText = (text: string): boolean => {
  const word = text.trim().toLowerCase();
  if (word === 'true') return true;
  if (word === 'false') return false;
  throw new BotError(`Expected "true" or "false", but got "${excerpt(text)}".`);
};

export const toBoolean = action({
  package: 'String',
  name: 'toBoolean',
  summary: 'Reads "true" or "false".',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text() },
  returns: 'BOOLEAN',
  run: (input) => booleanFromText(input.sourceString),
});

export const toBooleanOf = packageFunction({
  package: 'String',
  name: 'toBoolean',
  summary: 'The text as a Boolean.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'BOOLEAN',
  apply: (subject) => booleanFromText(asText(subject)),
});
