import { action, attribute, BotError } from '@signalbox/taskbot';
import { chosenColumn } from '../support/columns.ts';
import { requirePosition } from '../support/position.ts';
import { columnAttributes, columnChoice, placeAttribute, placeIn } from './place.ts';

const table = attribute.table({ required: true, alias: ['sourceTable'] });
const common = { package: 'DataTable', runsOn: 'anywhere', since: '0.1.0' } as const;

export const insertColumn = action({
  ...common,
  name: 'insertColumn',
  summary: 'Adds a column to a table, its cells empty or holding one value.',
  attributes: {
    table,
    columnName: attribute.text(),
    positionSelection: placeAttribute,
    columnIndex: attribute.number({ alias: ['columnPosition'] }),
    value: attribute.any({ alias: ['columnValue', 'defaultValue'] }),
  },
  returns: 'TABLE',
  run: (input) => {
    const { columns, rows } = input.table;
    const name = input.columnName === '' ? `Column${columns.length + 1}` : input.columnName;
    if (columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) {
      throw new BotError(`The table has a column "${name}" already. Choose another name.`);
    }
    const at = placeIn(input.positionSelection, input.columnIndex, columns.length, 'column');
    columns.splice(at, 0, { name, type: 'STRING' });
    for (const row of rows) row.splice(at, 0, input.value ?? '');
    return input.table;
  },
});

export const deleteColumn = action({
  ...common,
  name: 'deleteColumn',
  summary: 'Takes a column out of a table.',
  attributes: { table, ...columnAttributes },
  returns: 'TABLE',
  run: (input) => {
    const at = chosenColumn(input.table.columns, columnChoice(input));
    input.table.columns.splice(at, 1);
    for (const row of input.table.rows) row.splice(at, 1);
    return input.table;
  },
});

export const getColumnName = action({
  ...common,
  name: 'getColumnName',
  summary: 'Says what the column at a position is called.',
  attributes: { table, columnIndex: attribute.number({ alias: ['columnPosition'] }) },
  returns: 'STRING',
  run: (input) => {
    const { columns } = input.table;
    return columns[requirePosition(input.columnIndex, columns.length, 'column')]?.name ?? '';
  },
});
