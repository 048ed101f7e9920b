import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';
import { isAfter, isBefore, isEqual } from './compare.ts';
import { dateVariable } from './date-variable.ts';
import { differenceBetweenDates } from './difference-between-dates.ts';
import { get } from './get.ts';
import { isLeapYear } from './is-leap-year.ts';
import { add, subtract } from './shift.ts';
import { dateToString } from './to-string.ts';

export const datetimePackage: readonly Declaration[] = [
  add,
  assign,
  differenceBetweenDates,
  get,
  isAfter,
  isBefore,
  isEqual,
  isLeapYear,
  subtract,
  dateToString,
  dateVariable,
];
