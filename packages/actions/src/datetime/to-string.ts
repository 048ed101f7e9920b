import { action, attribute } from '@signalbox/taskbot';
import { formatDate } from '../support/date-pattern.ts';
import { requireDate } from './require-date.ts';

export const dateToString = action({
  package: 'Datetime',
  name: 'toString',
  summary: 'Writes a date as a text, by a Java pattern or a ready format.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    source: attribute.dateTime(),
    selectPattern: attribute.choice(['CUSTOM', 'PREBUILT']),
    patternInput: attribute.text(),
    preBuiltPattern: attribute.text({ fallback: 'ISO_LOCAL_DATE_TIME' }),
  },
  returns: 'STRING',
  run: (input) => {
    const prebuilt = input.selectPattern === 'PREBUILT';
    return formatDate(requireDate(input.source, 'source'), {
      prebuilt,
      pattern: prebuilt ? input.preBuiltPattern : input.patternInput,
    });
  },
});
