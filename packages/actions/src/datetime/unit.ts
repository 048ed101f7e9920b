import { ChronoUnit } from '@js-joda/core';

/** Java's units; MILLISECONDS is what newer exports write for MILLIS. */
export const UNITS = [
  'DAYS',
  'MILLIS',
  'MILLISECONDS',
  'SECONDS',
  'MINUTES',
  'HOURS',
  'WEEKS',
  'MONTHS',
  'YEARS',
] as const;

export const unitOf = (unit: (typeof UNITS)[number]): ChronoUnit =>
  unit === 'MILLISECONDS' ? ChronoUnit.MILLIS : ChronoUnit[unit];
