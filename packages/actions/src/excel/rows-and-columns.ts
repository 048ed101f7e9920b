import { action, attribute, BotError } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';
import {
  columnName,
  MAX_COLUMN,
  MAX_ROW,
  parseCell,
  parseColumnSpan,
  parseRange,
  parseRowSpan,
  type Range,
} from './address.ts';
import { type ExcelPackage, type ExcelSession, excelOf } from './excel-session.ts';

const common = { runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });

/** `insertRowSelected` and its like are texts in documents, and both sides are always there: the first decides. */
export const insertDeleteRowColumn = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'InsertDeleteRowColumn',
    summary: 'Inserts or deletes rows or columns; formulas follow.',
    attributes: {
      session,
      rowOperationsRequested: attribute.flag({ fallback: true }),
      insertRowSelected: attribute.flag({ fallback: true }),
      insertRowNumber: attribute.number(),
      deleteRowNumbers: attribute.text({ note: 'One row, or some: 3:5.' }),
      insertColumnSelected: attribute.flag({ fallback: true }),
      insertColumnNumber: attribute.text({ alias: ['insertColumnName'] }),
      deleteColumnNumbers: attribute.text({ alias: ['deleteColumnNumber', 'deleteColumnNames'], note: 'C, or C:E.' }),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      const move = (axis: 'row' | 'column', { from, to }: { from: number; to: number }, sign: 1 | -1) =>
        excel.workbook.move(excel.sheetName, { axis, at: from, count: sign * (to - from + 1) });
      if (input.rowOperationsRequested) {
        if (input.insertRowSelected) move('row', parseRowSpan(String(input.insertRowNumber ?? '')), 1);
        else move('row', parseRowSpan(input.deleteRowNumbers), -1);
      } else if (input.insertColumnSelected) move('column', parseColumnSpan(input.insertColumnNumber), 1);
      else move('column', parseColumnSpan(input.deleteColumnNumbers), -1);
      return undefined;
    },
  });

/** `ativecellcolumn` is misspelt by the vendor, and so in every document. */
export const selectRange = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'SelectRowColumnCellRange',
    summary: 'Selects cells. What is selected becomes the place of the next action that uses the active cell.',
    attributes: {
      session,
      selection: attribute.choice(['Cell', 'Row', 'Column']),
      cellSelection: attribute.text({ fallback: 'activecell', note: 'allcells, cellrange, specificcell, activecell.' }),
      cellRange: attribute.text(),
      specificCell: attribute.text({ alias: ['cell', 'specificCellAddress'] }),
      rowSelection: attribute.text({ fallback: 'activecellrow', note: 'rowrange, specificrow, ativecellrow.' }),
      rowRange: attribute.text(),
      specificRow: attribute.text({ alias: ['specificRowNumber'] }),
      columnSelection: attribute.text({
        fallback: 'activecellcolumn',
        note: 'columnrange, specificcolumn, ativecellcolumn.',
      }),
      columnRange: attribute.text(),
      specificColumnName: attribute.text({ alias: ['specificColumn'] }),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const selection = selected(excel, input);
      excel.goTo(selection.from);
      excel.selection = selection;
      return undefined;
    },
  });

const selected = (
  excel: ExcelSession,
  input: Readonly<
    Record<
      | 'selection'
      | 'cellSelection'
      | 'cellRange'
      | 'specificCell'
      | 'rowSelection'
      | 'rowRange'
      | 'specificRow'
      | 'columnSelection'
      | 'columnRange'
      | 'specificColumnName',
      string
    >
  >,
): Range => {
  const { active } = excel;
  const last = excel.sheet.bounds()?.to ?? { row: 1, column: 1 };
  if (input.selection === 'Row') {
    const word = input.rowSelection.toLowerCase();
    const text = word === 'rowrange' ? input.rowRange : word === 'specificrow' ? input.specificRow : String(active.row);
    const { from, to } = parseRowSpan(text);
    return { from: { row: from, column: 1 }, to: { row: to, column: MAX_COLUMN } };
  }
  if (input.selection === 'Column') {
    const word = input.columnSelection.toLowerCase();
    const text =
      word === 'columnrange'
        ? input.columnRange
        : word === 'specificcolumn'
          ? input.specificColumnName
          : columnName(active.column);
    const { from, to } = parseColumnSpan(text);
    return { from: { row: 1, column: from }, to: { row: MAX_ROW, column: to } };
  }
  const word = input.cellSelection.toLowerCase();
  if (word === 'allcells') return { from: { row: 1, column: 1 }, to: last };
  if (word === 'cellrange') return parseRange(input.cellRange);
  if (word === 'specificcell') return parseRange(input.specificCell);
  return { from: active, to: active };
};

const cellChoice = {
  session,
  activeCell: attribute.flag({ fallback: true }),
  cell: attribute.text({ alias: ['cellAddress', 'specificCell'] }),
};

export const getSingleRowNumber = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'GetSingleRowNumber',
    alias: ['getRowNumber'],
    summary: 'The number of the row of a cell.',
    attributes: cellChoice,
    returns: 'NUMBER',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      return excel.cell(input.activeCell, input.cell).row;
    },
  });

export const getSingleColumnName = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'GetSingleColumnName',
    alias: ['getColumnName'],
    summary: 'The letters of the column of a cell.',
    attributes: cellChoice,
    returns: 'STRING',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      return columnName(excel.cell(input.activeCell, input.cell).column);
    },
  });

export const getNumberOfRows = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'getNumberOfRows',
    alias: ['GetRowCount'],
    summary: 'How many rows of a sheet are in use, the header included.',
    attributes: {
      session,
      sheetName: attribute.text({ alias: ['sheetByName'], note: 'Empty: the active one. [inferred]' }),
    },
    returns: 'NUMBER',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const sheet = input.sheetName === '' ? excel.sheet : excel.workbook.sheet(input.sheetName);
      return sheet.bounds()?.to.row ?? 0;
    },
  });

export const getNumberOfColumns = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'getNumberOfColumns',
    alias: ['GetColumnCount'],
    summary: 'How many columns of the active sheet are in use.',
    attributes: { session },
    returns: 'NUMBER',
    run: (input, host) => excelOf(name, input.session, host).sheet.bounds()?.to.column ?? 0,
  });

/** [inferred] from the name: down the column or along the row of a cell, starting with it. */
export const findNextEmptyCell = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'FindNextEmptyCell',
    summary: 'The address of the next cell without content.',
    attributes: {
      session,
      traverseBy: attribute.choice(['Column', 'Row'], { alias: ['searchOptions', 'direction'] }),
      activeCell: attribute.flag({ fallback: true }),
      cell: attribute.text({ alias: ['startCell', 'cellAddress', 'specificCell'] }),
    },
    returns: 'STRING',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const { sheet } = excel;
      let { row, column } = excel.cell(input.activeCell && input.cell === '', input.cell);
      while (isFilled(sheet.get({ row, column }))) {
        if (input.traverseBy === 'Row') column += 1;
        else row += 1;
      }
      return `${columnName(column)}${row}`;
    },
  });

const isFilled = (content: ReturnType<ExcelSession['sheet']['get']>): boolean =>
  content?.value !== undefined || content?.formula !== undefined || content?.inline !== undefined;

/** The rows only, as the vendor writes them [inferred]; `withHeader` is our addition. */
export const writeDataTable = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'writeDataTableToWorksheet',
    alias: ['writeFromDataTable'],
    summary: 'Writes the rows of a table into a sheet.',
    attributes: {
      session,
      tableObj: attribute.table({ required: true, alias: ['dataTable', 'sourceTable'] }),
      sheetSelection: attribute.choice(['ActiveWorksheet', 'SpecificSheet']),
      fromSpecificSheet: attribute.text({ alias: ['sheetName', 'specificSheet'] }),
      firstCellAddress: attribute.text({ fallback: 'A1' }),
      withHeader: attribute.flag(),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const start = parseCell(input.firstCellAddress === '' ? 'A1' : input.firstCellAddress);
      putRows(excel, rowsOf(input.tableObj, input.withHeader), start, sheetOf(excel, input));
      return undefined;
    },
  });

/** Under the last row in use. [inferred] */
export const appendTable = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'appendTable',
    summary: 'Writes the rows of a table under the last row of a sheet.',
    attributes: {
      session,
      tableObj: attribute.table({ required: true, alias: ['dataTable', 'sourceTable'] }),
      sheetSelection: attribute.choice(['ActiveWorksheet', 'SpecificSheet']),
      fromSpecificSheet: attribute.text({ alias: ['sheetName', 'specificSheet'] }),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const sheet = sheetOf(excel, input);
      putRows(excel, rowsOf(input.tableObj, false), { row: (sheet.bounds()?.to.row ?? 0) + 1, column: 1 }, sheet);
      return undefined;
    },
  });

type Table = {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly Parameters<typeof asText>[0][][];
};

const rowsOf = (table: Table, withHeader: boolean): string[][] => [
  ...(withHeader ? [table.columns.map((column) => column.name)] : []),
  ...table.rows.map((row) => row.map(asText)),
];

const sheetOf = (excel: ExcelSession, input: { sheetSelection: string; fromSpecificSheet: string }) =>
  input.sheetSelection === 'SpecificSheet' ? excel.workbook.sheet(input.fromSpecificSheet) : excel.sheet;

const putRows = (
  excel: ExcelSession,
  rows: readonly string[][],
  start: { row: number; column: number },
  sheet: ExcelSession['sheet'],
): void => {
  excel.requireWritable();
  if (start.row + rows.length - 1 > MAX_ROW) {
    throw new BotError(`${rows.length} rows do not fit under row ${start.row}: a sheet has ${MAX_ROW} rows.`);
  }
  for (const [down, row] of rows.entries()) {
    for (const [right, text] of row.entries()) {
      excel.write({ row: start.row + down, column: start.column + right }, text, sheet);
    }
  }
};
