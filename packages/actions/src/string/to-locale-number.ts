import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { localeNumber } from '../support/number-text.ts';
import { asText } from '../support/text.ts';

export const toLocaleNumber = action({
  package: 'String',
  name: 'toLocaleNumber',
  summary: 'Reads a number as a country writes it.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    localeFormat: attribute.choice(['SPECIFIC', 'SYSTEM']),
    locale: attribute.text(),
  },
  returns: 'NUMBER',
  run: (input) => localeNumber(input.sourceString, input.localeFormat === 'SYSTEM' ? '' : input.locale),
});

export const toLocaleNumberOf = packageFunction({
  package: 'String',
  name: 'toLocaleNumber',
  summary: 'The text as a number, read as the given locale writes it.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'NUMBER',
  apply: (subject, argument) => localeNumber(asText(subject), asText(argument)),
});
