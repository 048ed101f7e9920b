import type { Declaration } from '@signalbox/taskbot';
import { assignToNumber } from './assign-to-number.ts';
import { numberVariable } from './number-variable.ts';
import { randomNumber } from './random-number.ts';
import { decrement, decrementOf, increment, incrementOf } from './step.ts';
import { numberToString, numberToStringOf } from './to-string.ts';

export const numberPackage: readonly Declaration[] = [
  assignToNumber,
  decrement,
  increment,
  randomNumber,
  numberToString,
  numberVariable,
  decrementOf,
  incrementOf,
  numberToStringOf,
];
