import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';

/** Rows and columns count from 1, as Excel's do. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

export interface Range {
  readonly from: Cell;
  readonly to: Cell;
}

export const MAX_ROW = 1_048_576;
export const MAX_COLUMN = 16_384;

/** 1 is A, 27 is AA. */
export const columnName = (column: number): string => {
  let name = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
};

export const columnNumber = (name: string): number =>
  [...name.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);

export const cellName = ({ row, column }: Cell): string => `${columnName(column)}${row}`;

export const rangeName = ({ from, to }: Range): string => `${cellName(from)}:${cellName(to)}`;

/** `B12` or `$B$12`. */
export const parseCell = (text: string): Cell => {
  const parts = /^\$?([a-zA-Z]{1,3})\$?(\d{1,7})$/.exec(text.trim());
  const cell = { row: Number(parts?.[2] ?? 0), column: columnNumber(parts?.[1] ?? '') };
  if (parts === null || cell.row < 1 || cell.row > MAX_ROW || cell.column > MAX_COLUMN) {
    throw new BotError(`Expected a cell such as B12, but got "${excerpt(text)}".`);
  }
  return cell;
};

/** `A1:C10`, or one cell. */
export const parseRange = (text: string): Range => {
  const [first = '', last = first] = text.split(':');
  const [a, b] = [parseCell(first), parseCell(last)];
  return {
    from: { row: Math.min(a.row, b.row), column: Math.min(a.column, b.column) },
    to: { row: Math.max(a.row, b.row), column: Math.max(a.column, b.column) },
  };
};

/** `C`, `c` or `3`. */
export const parseColumn = (text: string): number => {
  const word = text.trim().replace('$', '');
  const column = /^[a-zA-Z]{1,3}$/.test(word) ? columnNumber(word) : /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (column >= 1 && column <= MAX_COLUMN) return column;
  throw new BotError(`Expected a column such as C or 3, but got "${excerpt(text)}".`);
};

/** `3` or `3:5`. */
export const parseRowSpan = (text: string): { from: number; to: number } => spanOf(text, parseRow);

/** `C` or `C:F`. */
export const parseColumnSpan = (text: string): { from: number; to: number } => spanOf(text, parseColumn);

const spanOf = (text: string, parse: (part: string) => number) => {
  const [first = '', last = first] = text.split(/[:-]/);
  const [a, b] = [parse(first), parse(last)];
  return { from: Math.min(a, b), to: Math.max(a, b) };
};

const parseRow = (text: string): number => {
  const row = /^\s*\$?\d{1,7}\s*$/.test(text) ? Number(text.replace('$', '')) : 0;
  if (row >= 1 && row <= MAX_ROW) return row;
  throw new BotError(`Expected the number of a row, but got "${excerpt(text)}".`);
};
