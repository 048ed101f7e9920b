import { action, attribute, BotError, BotRecord, type BotValue, copyOf } from '@signalbox/taskbot';
import { requirePosition } from '../support/position.ts';
import { kindOf } from '../support/text.ts';
import { placeAttribute, placeIn } from './place.ts';

const table = attribute.table({ required: true, alias: ['sourceTable'] });
const rowIndex = attribute.number({ alias: ['rowPosition', 'rowNumber', 'rowIndexNumber'] });
const common = { package: 'DataTable', runsOn: 'anywhere', since: '0.1.0' } as const;

/**
 * A record's values go under the columns of the same names, or by position when the names do not meet. Missing cells
 * become empty texts.
 */
export const insertRow = action({
  ...common,
  name: 'insertRow',
  summary: 'Adds a row to a table.',
  attributes: {
    table,
    positionSelection: placeAttribute,
    rowIndex,
    rowRecord: attribute.any({ alias: ['record', 'row', 'rowValues', 'rowList'] }),
  },
  returns: 'TABLE',
  run: (input) => {
    const { columns, rows } = input.table;
    const row = rowOf(copyOf(input.rowRecord), input.table.columns);
    rows.splice(placeIn(input.positionSelection, input.rowIndex, rows.length, 'row'), 0, row);
    // A table that had no columns yet takes those of its first row.
    if (columns.length === 0 && input.rowRecord instanceof BotRecord) columns.push(...input.rowRecord.columns);
    return input.table;
  },
});

export const deleteRow = action({
  ...common,
  name: 'deleteRow',
  summary: 'Takes a row out of a table.',
  attributes: { table, rowIndex },
  returns: 'TABLE',
  run: (input) => {
    input.table.rows.splice(requirePosition(input.rowIndex, input.table.rows.length, 'row'), 1);
    return input.table;
  },
});

const rowOf = (source: BotValue, columns: readonly { readonly name: string }[]): BotValue[] => {
  const pad = (values: readonly BotValue[]) =>
    columns.length === 0 ? [...values] : columns.map((_, index) => values[index] ?? '');
  if (source === null) return pad([]);
  if (Array.isArray(source)) return pad(source);
  if (source instanceof Map) return columns.map((column) => source.get(column.name) ?? '');
  if (source instanceof BotRecord) {
    const byName = new Map(
      source.columns.map((column, index) => [column.name.toLowerCase(), source.values[index] ?? '']),
    );
    return columns.some((column) => byName.has(column.name.toLowerCase()))
      ? columns.map((column) => byName.get(column.name.toLowerCase()) ?? '')
      : pad(source.values);
  }
  throw new BotError(`Expected a record, list or dictionary as the new row, but got ${kindOf(source)}.`);
};
