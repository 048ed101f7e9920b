import { attribute, condition } from '@signalbox/taskbot';
import { holds, ORDER_OPERATORS } from '../support/operator.ts';

export const numberVariable = condition({
  package: 'Number',
  name: 'numberVariable',
  summary: 'Compares two numbers.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    variable: attribute.number({ fallback: 0 }),
    operator: attribute.choice(ORDER_OPERATORS),
    value: attribute.number({ fallback: 0 }),
  },
  test: (input) => holds(input.operator, input.variable, input.value),
});
