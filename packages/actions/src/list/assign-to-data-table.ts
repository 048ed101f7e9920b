import { action, attribute, BotError } from '@signalbox/taskbot';
import { unnamedColumns } from '../support/columns.ts';

/** Adds a list to a table as a column. Rows that the table lacks are made; rows that the list lacks get an empty cell. */
export const assignToDataTable = action({
  package: 'List',
  name: 'assignToDataTable',
  summary: 'Adds a list to a table as a column.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceList: attribute.list({ required: true }),
    toTable: attribute.table({ required: true, alias: ['table', 'destinationTable'] }),
    positionSelected: attribute.choice(['firstPosition', 'lastPosition', 'specificPosition']),
    columnIndex: attribute.number({ alias: ['position', 'positionNumber'] }),
    columnName: attribute.text(),
  },
  returns: 'TABLE',
  run: (input) => {
    const { toTable: table, sourceList: list } = input;
    const width = table.columns.length;
    const at =
      input.positionSelected === 'firstPosition'
        ? 0
        : input.positionSelected === 'lastPosition'
          ? width
          : input.columnIndex;
    if (at === undefined || !Number.isInteger(at) || at < 0 || at > width) {
      throw new BotError(`Expected a column position from 0 to ${width}, but got ${at ?? 'none'}.`);
    }
    while (table.rows.length < list.length) table.rows.push(Array.from({ length: width }, () => ''));
    const named = unnamedColumns(1, width).map((column) =>
      input.columnName === '' ? column : { ...column, name: input.columnName },
    );
    table.columns.splice(at, 0, ...named);
    table.rows.forEach((row, index) => {
      row.splice(at, 0, list[index] ?? '');
    });
    return table;
  },
});
