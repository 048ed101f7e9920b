import { action, attribute } from '@signalbox/taskbot';
import { requireDate } from './require-date.ts';

export const isLeapYear = action({
  package: 'Datetime',
  name: 'isLeapYear',
  summary: 'Says whether the year of a date has 366 days.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { source: attribute.dateTime() },
  returns: 'BOOLEAN',
  run: (input) => requireDate(input.source, 'source').toLocalDate().isLeapYear(),
});
