import { action, attribute, BotError, packageFunction } from '@signalbox/taskbot';
import { Decimal } from 'decimal.js';
import { requireNumber } from '../support/number-text.ts';
import { asText, numberText } from '../support/text.ts';

/** `numFormatDigits` is the number of digits behind the point, rounded half up; without it the number as it is. */
export const numberToString = action({
  package: 'Number',
  name: 'toString',
  summary: 'Writes a number as a text.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { input: attribute.number({ fallback: 0, alias: ['source'] }), numFormatDigits: attribute.number() },
  returns: 'STRING',
  run: (input) =>
    input.numFormatDigits === undefined ? numberText(input.input) : fixed(input.input, input.numFormatDigits),
});

/** `$n.Number:toString$`, the second most used function. */
export const numberToStringOf = packageFunction({
  package: 'Number',
  name: 'toString',
  summary: 'The number as a text; the argument says how many digits behind the point.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'STRING',
  apply: (subject, argument) => {
    const digits = asText(argument);
    if (digits !== '') return fixed(requireNumber(asText(subject)), requireNumber(digits));
    // A text that is asked for as a text is already one: migrated bots chain this after any function.
    return typeof subject === 'number' ? numberText(subject) : asText(subject);
  },
});

const fixed = (value: number, digits: number): string => {
  if (!Number.isInteger(digits) || digits < 0 || digits > 100) {
    throw new BotError(`Expected 0 to 100 digits behind the point, but got ${digits}.`);
  }
  return new Decimal(value).toFixed(digits, Decimal.ROUND_HALF_UP);
};
