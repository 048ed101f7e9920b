import { attribute, condition } from '@signalbox/taskbot';
import { numberFromText } from '../support/number-text.ts';
import { holds, type OrderOperator } from '../support/operator.ts';
import { asText } from '../support/text.ts';

const WORDS = [
  'EqualsTo',
  'DoesNotEqualTo',
  'GreaterThan',
  'LessThan',
  'GreaterThanOrEqualTo',
  'LessThanOrEqualTo',
] as const;

const OPERATOR: Readonly<Record<(typeof WORDS)[number], OrderOperator>> = {
  EqualsTo: 'EQ',
  DoesNotEqualTo: 'NEQ',
  GreaterThan: 'GT',
  LessThan: 'LT',
  GreaterThanOrEqualTo: 'GTE',
  LessThanOrEqualTo: 'LTE',
};

/** By size when both sides are numbers, else by text without letter case, as Enterprise 11 compared by default [inferred]. */
export const legacyConditionVariable = condition({
  package: 'LegacyAutomation',
  name: 'legacyConditionVariable',
  summary: 'Compares two values: as numbers when both are, else as texts.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { variable: attribute.any(), operator: attribute.choice(WORDS), value: attribute.any() },
  test: (input) => {
    const operator = OPERATOR[input.operator];
    const left = asText(input.variable);
    const right = asText(input.value);
    const leftNumber = numberFromText(left);
    const rightNumber = leftNumber === undefined ? undefined : numberFromText(right);
    if (leftNumber !== undefined && rightNumber !== undefined) return holds(operator, leftNumber, rightNumber);
    const [a, b] = [left.toLowerCase(), right.toLowerCase()];
    return holds(operator, a < b ? -1 : a > b ? 1 : 0, 0);
  },
});
