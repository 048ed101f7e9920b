import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** By whole characters: an emoji stays one. */
const reversed = (text: string): string => Array.from(text).reverse().join('');

export const reverse = action({
  package: 'String',
  name: 'reverse',
  summary: 'Writes a text back to front.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text() },
  returns: 'STRING',
  run: (input) => reversed(input.sourceString),
});

export const reverseOf = packageFunction({
  package: 'String',
  name: 'reverse',
  summary: 'The text back to front.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'STRING',
  apply: (subject) => reversed(asText(subject)),
});
