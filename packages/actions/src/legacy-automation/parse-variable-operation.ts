import { packageFunction } from '@signalbox/taskbot';
import { evaluateFormula } from '../support/formula.ts';
import { asText } from '../support/text.ts';

/** Two plain looks instead of one pattern, so that a long text costs its length and no more. */
const ONLY_ARITHMETIC = /^[\d\s.+\-*/()]+$/;
const OPERATION = /\d[\s)]*[+\-*/][\s+\-(]*[\d.]/;
const LONGEST = 1000;
/** Dates and numbers with leading noughts (telephone, order) look like formulas, but no bot wants them computed. */
const DATE = /^\s*\d{1,4}([/-])\d{1,2}\1\d{1,4}(?:\s|$)/;
const LEADING_NOUGHT = /(?<![\d.])0\d/;

/**
 * The most used function: migration puts it behind the assignments of Enterprise 11, where `$n$+1` computed. A numeric
 * formula is computed, everything else stays as it is. That dates and numbers with leading noughts stay is [inferred]:
 * `02/05/2024` was a date there, too.
 */
export const parseVariableOperation = packageFunction({
  package: 'LegacyAutomation',
  name: 'parseVariableOperation',
  summary: 'The result, when the text is a numeric formula; else the text itself.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'STRING',
  apply: (subject) => {
    if (typeof subject !== 'string') return asText(subject);
    if (!isFormula(subject)) return subject;
    return evaluateFormula(subject)?.toSignificantDigits(15).toFixed() ?? subject;
  },
});

const isFormula = (text: string): boolean =>
  text.length <= LONGEST &&
  ONLY_ARITHMETIC.test(text) &&
  OPERATION.test(text) &&
  !DATE.test(text) &&
  !LEADING_NOUGHT.test(text);
