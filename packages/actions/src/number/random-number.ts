import { randomInt } from 'node:crypto';
import { action, attribute, BotError } from '@signalbox/taskbot';

/** Whole numbers with both ends included; with precision asked for, any number between, rounded to the given digits. */
export const randomNumber = action({
  package: 'Number',
  name: 'randomNumber',
  summary: 'Draws a number between two others.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    fromVal: attribute.number({ fallback: 0 }),
    toVal: attribute.number({ fallback: 1 }),
    isRequiredPrecision: attribute.flag(),
    precision: attribute.number({ fallback: 2, alias: ['numFormatDigits'] }),
  },
  returns: 'NUMBER',
  run: ({ fromVal, toVal, isRequiredPrecision, precision }) => {
    if (!(fromVal <= toVal)) {
      throw new BotError(
        `Expected the start to be no greater than the end, but got ${fromVal} and ${toVal}. Swap them.`,
      );
    }
    if (isRequiredPrecision) {
      const digits = Math.min(Math.max(Math.trunc(precision), 0), 15);
      return Number((fromVal + Math.random() * (toVal - fromVal)).toFixed(digits));
    }
    const low = Math.ceil(fromVal);
    const high = Math.floor(toVal);
    if (low > high) throw new BotError(`There is no whole number from ${fromVal} to ${toVal}. Ask for precision.`);
    // randomInt spans at most 2^48.
    return high - low < 2 ** 48 - 1 ? low + randomInt(high - low + 1) : Math.round(low + Math.random() * (high - low));
  },
});
