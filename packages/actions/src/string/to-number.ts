import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { requireNumber } from '../support/number-text.ts';
import { asText } from '../support/text.ts';

export const toNumber = action({
  package: 'String',
  name: 'toNumber',
  summary: 'Reads a number; blanks around it and thousands commas are fine.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text() },
  returns: 'NUMBER',
  run: (input) => requireNumber(input.sourceString),
});

export const toNumberOf = packageFunction({
  package: 'String',
  name: 'toNumber',
  summary: 'The text as a number.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'NUMBER',
  apply: (subject) => (typeof subject === 'number' ? subject : requireNumber(asText(subject))),
});
