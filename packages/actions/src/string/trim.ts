import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

export const trim = action({
  package: 'String',
  name: 'trim',
  summary: 'Takes blanks off the ends of a text.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    trimAtBeginning: attribute.flag({ fallback: true }),
    trimAtEnd: attribute.flag({ fallback: true }),
  },
  returns: 'STRING',
  run: (input) => {
    const text = input.trimAtBeginning ? input.sourceString.trimStart() : input.sourceString;
    return input.trimAtEnd ? text.trimEnd() : text;
  },
});

export const trimOf = packageFunction({
  package: 'String',
  name: 'trim',
  summary: 'The text without blanks at its ends.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'STRING',
  apply: (subject) => asText(subject).trim(),
});
