import { action, attribute } from '@signalbox/taskbot';
import { requireDate } from './require-date.ts';
import { UNITS, unitOf } from './unit.ts';

/** Whole units from source to target, negative when the target is earlier. */
export const differenceBetweenDates = action({
  package: 'Datetime',
  name: 'differenceBetweenDates',
  summary: 'Counts the whole units from one date to another.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    source: attribute.dateTime(),
    target: attribute.dateTime({ alias: ['other'] }),
    unit: attribute.choice(UNITS),
  },
  returns: 'NUMBER',
  run: (input) => unitOf(input.unit).between(requireDate(input.source, 'source'), requireDate(input.target, 'target')),
});
