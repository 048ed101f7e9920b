import { action, attribute, BotError } from '@signalbox/taskbot';
import { Decimal } from 'decimal.js';
import { evaluateFormula, type FormulaFunctions, ofDouble } from '../support/formula.ts';
import { excerpt } from '../support/text.ts';

/** Angles in radians. */
const FUNCTIONS: FormulaFunctions = {
  abs: (x) => x.abs(),
  floor: (x) => x.floor(),
  ceil: (x) => x.ceil(),
  round: (x) => x.toDecimalPlaces(0, Decimal.ROUND_HALF_UP),
  sqrt: ofDouble(Math.sqrt),
  cbrt: ofDouble(Math.cbrt),
  exp: ofDouble(Math.exp),
  ln: ofDouble(Math.log),
  log: ofDouble(Math.log10),
  log10: ofDouble(Math.log10),
  sin: ofDouble(Math.sin),
  cos: ofDouble(Math.cos),
  tan: ofDouble(Math.tan),
  asin: ofDouble(Math.asin),
  acos: ofDouble(Math.acos),
  atan: ofDouble(Math.atan),
};

/** `x=` in front of the expression is left off. `precision` is the number of digits behind the point, rounded half up. */
export const mathEvaluate = action({
  package: 'Math',
  name: 'mathevaluate',
  summary: 'Computes an expression with + - * / % ^, parentheses and functions.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { expression: attribute.text({ required: true }), precision: attribute.number() },
  returns: 'NUMBER',
  run: (input) => {
    const value = evaluateFormula(input.expression.replace(/^\s*[a-z]\w*\s*=(?!=)/i, ''), FUNCTIONS);
    if (value === undefined || !Number.isFinite(value.toNumber())) {
      throw new BotError(
        `Expected an expression such as 15-3*(444/66)^2, but got "${excerpt(input.expression)}". It may hold numbers, + - * / % ^, parentheses and ${Object.keys(FUNCTIONS).join(', ')}; nothing may be divided by nought, and the result must be a number below 10^308.`,
      );
    }
    if (input.precision === undefined) return value.toNumber();
    if (!Number.isInteger(input.precision) || input.precision < 0 || input.precision > 100) {
      throw new BotError(`Expected a precision of 0 to 100 digits, but got ${input.precision}.`);
    }
    return value.toDecimalPlaces(input.precision, Decimal.ROUND_HALF_UP).toNumber();
  },
});
