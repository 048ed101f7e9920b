import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';
import { beforeAfter } from './before-after.ts';
import { charactersIterator } from './characters-iterator.ts';
import { compare } from './compare.ts';
import { evaluate } from './evaluate.ts';
import { find } from './find.ts';
import { length, lengthOf } from './length.ts';
import { lowercase, lowercaseOf, uppercase, uppercaseOf } from './letter-case.ts';
import { randomString } from './random-string.ts';
import { replace } from './replace.ts';
import { reverse, reverseOf } from './reverse.ts';
import { split } from './split.ts';
import { stringVariable } from './string-variable.ts';
import { subString } from './sub-string.ts';
import { toBoolean, toBooleanOf } from './to-boolean.ts';
import { toLocaleNumber, toLocaleNumberOf } from './to-locale-number.ts';
import { toNumber, toNumberOf } from './to-number.ts';
import { trim, trimOf } from './trim.ts';
import { enter, newline, separator, tab } from './variables.ts';

export const stringPackage: readonly Declaration[] = [
  assign,
  beforeAfter,
  compare,
  evaluate,
  find,
  length,
  lowercase,
  randomString,
  replace,
  reverse,
  split,
  subString,
  toBoolean,
  toLocaleNumber,
  toNumber,
  trim,
  uppercase,
  stringVariable,
  charactersIterator,
  lengthOf,
  lowercaseOf,
  reverseOf,
  toBooleanOf,
  toLocaleNumberOf,
  toNumberOf,
  trimOf,
  uppercaseOf,
  enter,
  newline,
  separator,
  tab,
];
