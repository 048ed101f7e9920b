import { action, attribute, copyOf } from '@signalbox/taskbot';
import { chosenColumn } from '../support/columns.ts';
import { requirePosition } from '../support/position.ts';
import { columnAttributes, columnChoice } from './place.ts';

/** Rows and columns count from 0. */
export const setCellValue = action({
  package: 'DataTable',
  name: 'setCellValue',
  summary: 'Sets one cell of a table.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    table: attribute.table({ required: true, alias: ['sourceTable'] }),
    rowPosition: attribute.number({ alias: ['rowIndex'] }),
    ...columnAttributes,
    value: attribute.any(),
  },
  returns: 'TABLE',
  run: (input) => {
    const { columns, rows } = input.table;
    const column = chosenColumn(columns, columnChoice(input));
    const row = rows[requirePosition(input.rowPosition, rows.length, 'row')];
    if (row) row[column] = copyOf(input.value ?? '');
    return input.table;
  },
});
