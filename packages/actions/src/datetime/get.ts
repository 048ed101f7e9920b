import { IsoFields, type ZonedDateTime } from '@js-joda/core';
import { action, attribute } from '@signalbox/taskbot';
import { requireDate } from './require-date.ts';

const PARTS = [
  'YEAR',
  'MONTH',
  'DAYOFMONTH',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
  'WEEKOFYEAR',
] as const;

/** Months count from 1; the week starts with Monday, which is 1, and weeks count as ISO 8601 does. */
export const get = action({
  package: 'Datetime',
  name: 'get',
  summary: 'Takes one part of a date as a number.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { source: attribute.dateTime(), getOptions: attribute.choice(PARTS) },
  returns: 'NUMBER',
  run: (input) => partOf(requireDate(input.source, 'source'), input.getOptions),
});

const partOf = (date: ZonedDateTime, part: (typeof PARTS)[number]): number => {
  switch (part) {
    case 'YEAR':
      return date.year();
    case 'MONTH':
      return date.monthValue();
    case 'DAYOFMONTH':
      return date.dayOfMonth();
    case 'DAYOFWEEK':
      return date.dayOfWeek().value();
    case 'DAYOFYEAR':
      return date.dayOfYear();
    case 'HOUR':
      return date.hour();
    case 'MINUTE':
      return date.minute();
    case 'SECOND':
      return date.second();
    case 'WEEKOFYEAR':
      return date.toLocalDate().get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
    case 'MILLISECOND':
      return Math.floor(date.nano() / 1_000_000);
  }
};
