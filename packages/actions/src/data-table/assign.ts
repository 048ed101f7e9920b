import { action, attribute, BotError, BotTable, copyOf } from '@signalbox/taskbot';
import { unnamedColumns } from '../support/columns.ts';
import { kindOf } from '../support/text.ts';

const MOST_CELLS = 10_000_000;

/** A copy of a table, or with `resize` an empty one of the given size. */
export const assign = action({
  package: 'DataTable',
  name: 'assign',
  summary: 'Gives a table to a variable: a copy of another, or an empty one of a size.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    option: attribute.choice(['table', 'variable', 'resize']),
    sourceTable: attribute.any({ alias: ['table'] }),
    rowSize: attribute.number({ fallback: 0 }),
    columnSize: attribute.number({ fallback: 0 }),
  },
  returns: 'TABLE',
  run: (input) => {
    if (input.option !== 'resize') {
      if (input.sourceTable instanceof BotTable) return copyOf(input.sourceTable);
      throw new BotError(`Expected a table to copy, but got ${kindOf(input.sourceTable)}. Choose a table variable.`);
    }
    const { rowSize: rows, columnSize: columns } = input;
    if (
      !Number.isInteger(rows) ||
      !Number.isInteger(columns) ||
      rows < 0 ||
      columns < 0 ||
      rows * columns > MOST_CELLS
    ) {
      throw new BotError(
        `Expected whole numbers of rows and columns, at most ${MOST_CELLS} cells together, but got ${rows} and ${columns}.`,
      );
    }
    return new BotTable(
      unnamedColumns(columns),
      Array.from({ length: rows }, () => Array.from({ length: columns }, () => '')),
    );
  },
});
