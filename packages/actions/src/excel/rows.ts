import { BotError, BotRecord, BotTable, type Column, type Host } from '@signalbox/taskbot';
import { parseRange, type Range } from './address.ts';
import type { ExcelSession, ReadOption } from './excel-session.ts';

const MAX_CELLS = 5_000_000;

/** Which part of the sheet is meant, as GetMultipleCells and the loop say it. */
export interface RowChoice {
  readonly loopSelection: 'ALL_ROWS' | 'CELL_RANGE' | 'SPECIFIC_ROWS' | 'ALL_CELLS';
  readonly fromRow: number | undefined;
  readonly toRow: number | undefined;
  readonly fromCell: string;
  readonly toCell: string;
}

/** Row numbers are the sheet's own; a header row is the names of the columns and no row of data. */
export const chosenRange = (excel: ExcelSession, choice: RowChoice): Range | undefined => {
  const bounds = excel.sheet.bounds();
  if (bounds === undefined) return undefined;
  const first = excel.file.containsHeader ? 2 : 1;
  if (choice.loopSelection === 'CELL_RANGE') {
    const open = choice.toCell.trim() === '';
    const range = parseRange(`${choice.fromCell}:${open ? choice.fromCell : choice.toCell}`);
    const cells = (range.to.row - range.from.row + 1) * (range.to.column - range.from.column + 1);
    if (cells > MAX_CELLS) throw new BotError(`A range of ${cells} cells is too large; the bound is ${MAX_CELLS}.`);
    return { from: { ...range.from, row: Math.max(first, range.from.row) }, to: open ? bounds.to : range.to };
  }
  if (choice.loopSelection !== 'SPECIFIC_ROWS') return { from: { row: first, column: 1 }, to: bounds.to };
  return {
    from: { row: Math.max(first, choice.fromRow ?? first), column: 1 },
    to: { row: Math.min(choice.toRow ?? bounds.to.row, bounds.to.row), column: bounds.to.column },
  };
};

export const columnsOf = (excel: ExcelSession, range: Range, host: Host): Column[] =>
  excel.columnNames(range.from.column, range.to.column, host).map((name) => ({ name, type: 'STRING' }));

export function* rowsIn(excel: ExcelSession, range: Range, option: ReadOption, host: Host): Iterable<string[]> {
  const { sheet } = excel;
  for (let row = range.from.row; row <= range.to.row; row++) {
    const texts: string[] = [];
    for (let column = range.from.column; column <= range.to.column; column++) {
      texts.push(excel.read({ row, column }, option, host, sheet));
    }
    yield texts;
  }
}

export const tableIn = (excel: ExcelSession, choice: RowChoice, option: ReadOption, host: Host): BotTable => {
  const range = chosenRange(excel, choice);
  if (range === undefined) return new BotTable([], []);
  return new BotTable(columnsOf(excel, range, host), [...rowsIn(excel, range, option, host)]);
};

export function* recordsIn(
  excel: ExcelSession,
  choice: RowChoice,
  option: ReadOption,
  host: Host,
): Iterable<BotRecord> {
  const range = chosenRange(excel, choice);
  if (range === undefined) return;
  const columns = columnsOf(excel, range, host);
  for (const row of rowsIn(excel, range, option, host)) yield new BotRecord(columns, row);
}

/** All of the sheet, header included. */
export const tableRows = (excel: ExcelSession, option: ReadOption, host: Host): string[][] => {
  const bounds = excel.sheet.bounds();
  return bounds === undefined ? [] : [...rowsIn(excel, bounds, option, host)];
};
