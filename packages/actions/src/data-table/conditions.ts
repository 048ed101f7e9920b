import { attribute, condition } from '@signalbox/taskbot';
import { holds, ORDER_OPERATORS } from '../support/operator.ts';

const table = attribute.table({ required: true, alias: ['sourceTable'] });
const operator = attribute.choice(ORDER_OPERATORS, { alias: ['operator'] });
const common = { package: 'DataTable', runsOn: 'anywhere', since: '0.1.0' } as const;

export const tableColumnCondition = condition({
  ...common,
  name: 'tableColumnCondition',
  summary: 'Compares how many columns a table has.',
  attributes: { table, condition: operator, columnCount: attribute.number({ fallback: 0 }) },
  test: (input) => holds(input.condition, input.table.columns.length, input.columnCount),
});

export const tableRowCondition = condition({
  ...common,
  name: 'tableRowCondition',
  summary: 'Compares how many rows a table has.',
  attributes: { table, condition: operator, rowCount: attribute.number({ fallback: 0 }) },
  test: (input) => holds(input.condition, input.table.rows.length, input.rowCount),
});
