import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';
import { booleanVariable } from './boolean-variable.ts';
import { compareTo, equalTo } from './compare.ts';
import { booleanToNumber, booleanToString, booleanToStringOf, invert } from './convert.ts';

export const booleanPackage: readonly Declaration[] = [
  assign,
  compareTo,
  equalTo,
  invert,
  booleanToNumber,
  booleanToString,
  booleanVariable,
  booleanToStringOf,
];
