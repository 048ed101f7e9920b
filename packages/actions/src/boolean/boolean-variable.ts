import { attribute, condition } from '@signalbox/taskbot';

export const booleanVariable = condition({
  package: 'Boolean',
  name: 'booleanVariable',
  summary: 'Compares two Booleans.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    variable: attribute.flag(),
    operator: attribute.choice(['EQ', 'NEQ']),
    value: attribute.flag(),
  },
  test: (input) => (input.variable === input.value) === (input.operator === 'EQ'),
});
