import type { ZonedDateTime } from '@js-joda/core';
import { action, attribute, BotError } from '@signalbox/taskbot';
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
  run: (input) => shifted(requireDate(input.source, 'source'), Math.trunc(input.val), input.unit),
});

export const subtract = action({
  ...common,
  name: 'subtract',
  summary: 'Moves a date back.',
  attributes,
  returns: 'DATETIME',
  run: (input) => shifted(requireDate(input.source, 'source'), -Math.trunc(input.val), input.unit),
});

const shifted = (date: ZonedDateTime, count: number, unit: (typeof UNITS)[number]): ZonedDateTime => {
  try {
    return date.plus(count, unitOf(unit));
  } catch (cause) {
    throw new BotError(
      `Moving a date by ${count} ${unit.toLowerCase()} leaves the calendar. Choose a smaller number.`,
      {
        cause,
      },
    );
  }
};
