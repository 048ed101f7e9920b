import { action, attribute, BotError } from '@signalbox/taskbot';
import { parseDate } from '../support/date-pattern.ts';

export const assign = action({
  package: 'Datetime',
  name: 'assign',
  summary: 'Gives a date to a variable: another date, or a text in a stated format.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    option: attribute.choice(['constant', 'variable']),
    dateTime: attribute.dateTime({ alias: ['variable', 'sourceDateTime'] }),
    source: attribute.text(),
    formatType: attribute.choice(['custom', 'preBuilt']),
    customFormat: attribute.text(),
    preBuiltFormat: attribute.text({ fallback: 'ISO_LOCAL_DATE_TIME' }),
  },
  returns: 'DATETIME',
  run: (input, host) => {
    if (input.option === 'constant') {
      const prebuilt = input.formatType === 'preBuilt';
      return parseDate(
        input.source,
        { prebuilt, pattern: prebuilt ? input.preBuiltFormat : input.customFormat },
        host.now(),
      );
    }
    if (input.dateTime) return input.dateTime;
    throw new BotError('Expected a date to copy, but there is none. Choose the variable, or give it a date first.');
  },
});
