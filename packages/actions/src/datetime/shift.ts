import { action, attribute } from '@signalbox/taskbot';
import { requireDate } from './require-date.ts';
import { UNITS, unitOf } from './unit.ts';

const attributes = {
  source: attribute.dateTime(),
  val: attribute.number({ fallback: 0, note: 'Whole units: a fraction is cut off, as in Java.' }),
  unit: attribute.choice(UNITS),
};
const common = { package: 'Datetime', runsOn: 'anywhere', since: '0.1.0' } as const;

export const add = action({
  ...common,
  name: 'add',
  summary: 'Moves a date forward.',
  attributes,
  returns: 'DATETIME',
  run: (input) => requireDate(input.source, 'source').plus(Math.trunc(input.val), unitOf(input.unit)),
});

export const subtract = action({
  ...common,
  name: 'subtract',
  summary: 'Moves a date back.',
  attributes,
  returns: 'DATETIME',
  run: (input) => requireDate(input.source, 'source').minus(Math.trunc(input.val), unitOf(input.unit)),
});
