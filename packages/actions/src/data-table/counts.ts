import { action, attribute, BotError, BotTable, packageFunction } from '@signalbox/taskbot';
import { asText, kindOf } from '../support/text.ts';

const table = attribute.table({ required: true, alias: ['sourceTable'] });
const common = { package: 'DataTable', runsOn: 'anywhere', since: '0.1.0' } as const;

export const getNumberOfRows = action({
  ...common,
  name: 'getNumberOfRows',
  summary: 'Counts the rows of a table, all of them or those that are not empty.',
  attributes: {
    table,
    rowCountSelection: attribute.choice(['allRowSelection', 'nonEmptyRowSelection', 'ALL', 'NON_EMPTY']),
  },
  returns: 'NUMBER',
  run: ({ table: { rows }, rowCountSelection }) =>
    rowCountSelection === 'nonEmptyRowSelection' || rowCountSelection === 'NON_EMPTY'
      ? rows.filter((row) => row.some((cell) => asText(cell).trim() !== '')).length
      : rows.length,
});

export const getNumberOfColumns = action({
  ...common,
  name: 'getNumberOfColumns',
  summary: 'Counts the columns of a table.',
  attributes: { table },
  returns: 'NUMBER',
  run: (input) => input.table.columns.length,
});

export const rowCountOf = packageFunction({
  ...common,
  name: 'rowCount',
  summary: 'How many rows the table has.',
  returns: 'NUMBER',
  apply: (subject) => {
    if (subject instanceof BotTable) return subject.rows.length;
    throw new BotError(`Expected a table to count the rows of, but got ${kindOf(subject)}.`);
  },
});
