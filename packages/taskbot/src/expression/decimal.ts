import { BotError } from '../declaration.ts';

/*
 * Arithmetic on doubles whose results are the decimal numbers people mean: 0.1 + 0.2 is 0.3 and 100.10 - 100 is 0.1.
 * docs/decisions/0013-numbers.md says why doubles, and why corrected. A whole result, as counting gives, costs one look.
 */

/** Twice the error that one operation on correctly rounded operands can leave, relative to the largest of the three. */
const TOLERANCE = 2 ** -51;

export function plus(left: number, right: number): number {
  const sum = left + right;
  return Number.isInteger(sum) ? sum : decimalNear(sum, Math.max(Math.abs(left), Math.abs(right)));
}

export function minus(left: number, right: number): number {
  const difference = left - right;
  return Number.isInteger(difference) ? difference : decimalNear(difference, Math.max(Math.abs(left), Math.abs(right)));
}

export function times(left: number, right: number): number {
  const product = left * right;
  return Number.isInteger(product) ? product : decimalNear(product, Math.abs(product));
}

/** Throws a BotError for a divisor of zero. */
export function divide(left: number, right: number): number {
  if (right === 0) throw new BotError('Division by zero. Ask for the divisor before dividing');
  const quotient = left / right;
  return Number.isInteger(quotient) ? quotient : decimalNear(quotient, Math.abs(quotient));
}

/** The number of few decimals within the error of the operation, else the result as it is: a third stays a third. */
function decimalNear(result: number, magnitude: number): number {
  const scale = scaleFor(magnitude);
  if (scale === 0) return result;
  // A whole number below 2^53 divided by a power of ten is the double nearest to that decimal.
  const near = Math.round(result * scale) / scale;
  return Math.abs(near - result) <= magnitude * TOLERANCE ? near : result;
}

/** Decimals worth looking for: with the digits before the point some thirteen, so that few numbers are near one by chance. */
function scaleFor(magnitude: number): number {
  if (magnitude < 1e4) return 1e9;
  if (magnitude < 1e7) return 1e6;
  if (magnitude < 1e9) return 1e4;
  return magnitude < 1e11 ? 1e2 : 0;
}
