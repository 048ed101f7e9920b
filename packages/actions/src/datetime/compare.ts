import { action, attribute } from '@signalbox/taskbot';
import { requireDate } from './require-date.ts';

const attributes = {
  source: attribute.dateTime(),
  other: attribute.dateTime({ alias: ['target', 'compareTo', 'destination'] }),
};
const common = { package: 'Datetime', runsOn: 'anywhere', since: '0.1.0' } as const;

/* All three compare moments, so the same moment in two zones is equal. */

export const isAfter = action({
  ...common,
  name: 'isAfter',
  summary: 'Says whether a date is later than another.',
  attributes,
  returns: 'BOOLEAN',
  run: (input) => requireDate(input.source, 'source').isAfter(requireDate(input.other, 'other')),
});

export const isBefore = action({
  ...common,
  name: 'isBefore',
  summary: 'Says whether a date is earlier than another.',
  attributes,
  returns: 'BOOLEAN',
  run: (input) => requireDate(input.source, 'source').isBefore(requireDate(input.other, 'other')),
});

export const isEqual = action({
  ...common,
  name: 'isEqual',
  summary: 'Says whether two dates are the same moment.',
  attributes,
  returns: 'BOOLEAN',
  run: (input) => requireDate(input.source, 'source').isEqual(requireDate(input.other, 'other')),
});
