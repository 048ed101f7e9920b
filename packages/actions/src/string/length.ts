import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** UTF-16 units, as the vendor's Java counts them. */
export const length = action({
  package: 'String',
  name: 'length',
  summary: 'Counts the characters of a text.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text() },
  returns: 'NUMBER',
  run: (input) => input.sourceString.length,
});

export const lengthOf = packageFunction({
  package: 'String',
  name: 'length',
  summary: 'How many characters the text has.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'NUMBER',
  apply: (subject) => asText(subject).length,
});
