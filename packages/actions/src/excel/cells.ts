import { action, attribute, iterator } from '@signalbox/taskbot';
import { type Cell, parseCell } from './address.ts';
import { type ExcelPackage, type ExcelSession, excelOf, READ_OPTIONS } from './excel-session.ts';
import { recordsIn, tableIn } from './rows.ts';

const session = attribute.any({ alias: ['sessionName'] });

export const setCell = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'SetCell',
    summary: 'Puts a value or a formula into a cell.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session,
      cellOption: attribute.choice(['SPECIFIC_CELL', 'ACTIVE_CELL']),
      cell: attribute.text({ alias: ['cellAddress'] }),
      value: attribute.text({ alias: ['cellValue'] }),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.write(excel.cell(input.cellOption === 'ACTIVE_CELL', input.cell), input.value);
      return undefined;
    },
  });

export const getSingleCell = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'GetSingleCell',
    summary: 'Reads a cell, as displayed or as it lies in the file.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session,
      activeCell: attribute.flag(),
      cell: attribute.text({ alias: ['cellAddress'] }),
      readOption: attribute.choice(READ_OPTIONS),
    },
    returns: 'STRING',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      return excel.read(excel.cell(input.activeCell, input.cell), input.readOption, host);
    },
  });

/** The formula itself, with its sign of equality; a cell without one gives its value. [inferred] */
export const getCellFormula = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'ReadFormula',
    alias: ['GetCellFormula', 'readCellFormula'],
    summary: 'Reads the formula of a cell.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: { session, activeCell: attribute.flag(), cell: attribute.text({ alias: ['cellAddress'] }) },
    returns: 'STRING',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      const at = excel.cell(input.activeCell, input.cell);
      const formula = excel.sheet.get(at)?.formula?.children.join('');
      return formula === undefined ? excel.read(at, 'READ_CELL_VALUE', host) : `=${formula}`;
    },
  });

const rowChoice = {
  session,
  loopSelection: attribute.choice(['ALL_ROWS', 'CELL_RANGE', 'SPECIFIC_ROWS', 'ALL_CELLS']),
  readOption: attribute.choice(READ_OPTIONS),
  fromRow: attribute.number({ alias: ['startRow'] }),
  toRow: attribute.number({ alias: ['endRow'] }),
  fromCell: attribute.text(),
  toCell: attribute.text({ note: 'Empty means up to the last cell in use.' }),
};

export const getMultipleCells = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'GetMultipleCells',
    alias: ['getWorksheetAsDataTable'],
    summary: 'Reads rows of the active sheet into a table.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: rowChoice,
    returns: 'TABLE',
    run: (input, host) => tableIn(excelOf(name, input.session, host), input, input.readOption, host),
  });

export const excelIterator = (name: ExcelPackage) =>
  iterator({
    package: name,
    name: 'loop.iterators.excel',
    alias: ['iterators.excel'],
    summary: 'Each row of the active sheet, as a record.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: rowChoice,
    yields: 'RECORD',
    iterate: (input, host) => recordsIn(excelOf(name, input.session, host), input, input.readOption, host),
  });

const STEPS = [
  'OneCellRight',
  'OneCellLeft',
  'OneCellUp',
  'OneCellDown',
  'BeginningOfRow',
  'EndOfRow',
  'BeginningOfColumn',
  'EndOfColumn',
] as const;

export const goToCell = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'GoToCell',
    summary: 'Makes a cell the active one.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session,
      cellOption: attribute.choice(['SpecificCell', 'ActiveCell']),
      cell: attribute.text({ alias: ['cellAddress'] }),
      selection: attribute.choice(STEPS),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.goTo(input.cellOption === 'SpecificCell' ? parseCell(input.cell) : step(excel, input.selection));
      return undefined;
    },
  });

/** The end of a row or column is the last cell of it that is in use [inferred]. */
const step = (excel: ExcelSession, to: (typeof STEPS)[number]): Cell => {
  const { row, column } = excel.active;
  switch (to) {
    case 'OneCellRight':
      return { row, column: column + 1 };
    case 'OneCellLeft':
      return { row, column: Math.max(1, column - 1) };
    case 'OneCellUp':
      return { row: Math.max(1, row - 1), column };
    case 'OneCellDown':
      return { row: row + 1, column };
    case 'BeginningOfRow':
      return { row, column: 1 };
    case 'BeginningOfColumn':
      return { row: 1, column };
    case 'EndOfRow':
      return { row, column: excel.lastColumn(row) };
    case 'EndOfColumn':
      return { row: excel.lastRow(column), column };
  }
};

export const deleteCells = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'DeleteCells',
    summary: 'Deletes a cell, its row or its column; what lies beyond moves up or left.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session,
      activeCell: attribute.flag(),
      cell: attribute.text({ alias: ['cellAddress'], note: 'One cell, or a range such as A1:B3.' }),
      deleteOption: attribute.choice(['ShiftCellsLeft', 'ShiftCellsUp', 'EntireRow', 'EntireColumn']),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      const hole = excel.range(input.activeCell, input.cell);
      const rows = hole.to.row - hole.from.row + 1;
      const columns = hole.to.column - hole.from.column + 1;
      if (input.deleteOption === 'EntireRow') {
        excel.workbook.move(excel.sheetName, { axis: 'row', at: hole.from.row, count: -rows });
      } else if (input.deleteOption === 'EntireColumn') {
        excel.workbook.move(excel.sheetName, { axis: 'column', at: hole.from.column, count: -columns });
      } else {
        // Formulas that mean the cells beyond keep their words, which Excel would change: only whole rows and columns are followed.
        excel.sheet.shift(hole, input.deleteOption === 'ShiftCellsLeft' ? 'left' : 'up');
      }
      return undefined;
    },
  });
