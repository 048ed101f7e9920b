import { columnName, columnNumber, MAX_COLUMN, MAX_ROW } from './address.ts';

/** One end of a reference; a whole column has no row, a whole row no column. */
interface End {
  readonly column: number | undefined;
  readonly row: number | undefined;
  readonly fixedColumn: boolean;
  readonly fixedRow: boolean;
}

/** Rows or columns that come in at `at` (count above 0), or go from `at` on (below 0). */
export interface Move {
  readonly axis: 'row' | 'column';
  readonly at: number;
  readonly count: number;
}

const SHEET = String.raw`(?:'(?:[^']|'')*'|[\p{L}\d_.[\]]+)!`;
const CELL = String.raw`\$?[A-Za-z]{1,3}\$?\d{1,7}`;
const TOKEN = new RegExp(
  String.raw`("(?:[^"]|"")*")|(?<![\p{L}\d_.$!'])(${SHEET})?(?:(${CELL})(?::(${CELL}))?|(\$?[A-Za-z]{1,3}):(\$?[A-Za-z]{1,3})|(\$?\d{1,7}):(\$?\d{1,7}))(?![\p{L}\d_.(!])`,
  'gu',
);

const rewrite = (formula: string, each: (sheet: string | undefined, first: End, last: End | undefined) => string) =>
  formula.replace(TOKEN, (whole, text, sheet, cell, lastCell, column, lastColumn, row, lastRow) => {
    if (text !== undefined) return whole;
    const first = endOf(cell ?? column ?? row);
    const second = lastCell ?? lastColumn ?? lastRow;
    if ((first.column ?? 1) > MAX_COLUMN || (first.row ?? 1) > MAX_ROW) return whole;
    return `${sheet ?? ''}${each(sheet, first, second === undefined ? undefined : endOf(second))}`;
  });

const endOf = (text: string): End => {
  const parts = /^(\$?)([A-Za-z]*)(\$?)(\d*)$/.exec(text);
  const [, firstMark = '', letters = '', secondMark = '', digits = ''] = parts ?? [];
  return {
    column: letters === '' ? undefined : columnNumber(letters),
    row: digits === '' ? undefined : Number(digits),
    fixedColumn: letters !== '' && firstMark === '$',
    fixedRow: letters === '' ? firstMark === '$' : secondMark === '$',
  };
};

const print = (end: End): string =>
  (end.column === undefined ? '' : `${end.fixedColumn ? '$' : ''}${columnName(end.column)}`) +
  (end.row === undefined ? '' : `${end.fixedRow ? '$' : ''}${end.row}`);

/** The formula as a cell some rows below and columns beside reads it: how a shared formula is written out. */
export const carried = (formula: string, rows: number, columns: number): string =>
  rewrite(formula, (_sheet, first, last) => {
    const move = (end: End): End => ({
      ...end,
      column: end.column === undefined || end.fixedColumn ? end.column : end.column + columns,
      row: end.row === undefined || end.fixedRow ? end.row : end.row + rows,
    });
    const ends = [first, ...(last === undefined ? [] : [last])].map(move);
    return ends.every(exists) ? ends.map(print).join(':') : '#REF!';
  });

const exists = ({ row = 1, column = 1 }: End): boolean =>
  row >= 1 && row <= MAX_ROW && column >= 1 && column <= MAX_COLUMN;

/**
 * The formula after rows or columns of a sheet came or went, as Excel does it: references follow what they meant,
 * ranges grow and shrink, and what is gone is #REF!.
 * @param own whether the formula stands on that sheet, so that references without a sheet mean it
 */
export const moved = (formula: string, sheetName: string, own: boolean, move: Move): string =>
  rewrite(formula, (sheet, first, last) => {
    const meant = sheet === undefined ? own : sameSheet(sheet, sheetName);
    const text = last === undefined ? print(first) : `${print(first)}:${print(last)}`;
    const from = first[move.axis];
    const to = last === undefined ? from : last[move.axis];
    if (!meant || from === undefined || to === undefined) return text;
    const span = movedSpan(Math.min(from, to), Math.max(from, to), move);
    if (span === undefined) return '#REF!';
    const start = print({ ...first, [move.axis]: span.from });
    return last === undefined ? start : `${start}:${print({ ...last, [move.axis]: span.to })}`;
  });

const sameSheet = (prefix: string, name: string): boolean =>
  prefix.slice(0, -1).replace(/^'|'$/g, '').replaceAll("''", "'").toLowerCase() === name.toLowerCase();

/** Where a stretch of rows or columns comes to lie; undefined when all of it is gone. */
export const movedSpan = (from: number, to: number, { at, count }: Move): { from: number; to: number } | undefined => {
  if (count >= 0) return { from: from >= at ? from + count : from, to: to >= at ? to + count : to };
  const gone = -count;
  const start = from < at ? from : Math.max(from - gone, at);
  const end = to < at ? to : to < at + gone ? at - 1 : to - gone;
  return end < start ? undefined : { from: start, to: end };
};

/** A formula after a sheet got another name, or (no name) after it was deleted: then what meant it is #REF!. */
export const renamed = (formula: string, from: string, to: string | undefined): string =>
  rewrite(formula, (sheet, first, last) => {
    const text = last === undefined ? print(first) : `${print(first)}:${print(last)}`;
    // The sheet is put before what is answered here; a mark, which no formula can hold, lets both be replaced as one.
    return sheet !== undefined && sameSheet(sheet, from) ? `\u0001${text}\u0001` : text;
  }).replace(MARKED, (_all, reference: string) =>
    to === undefined ? '#REF!' : `'${to.replaceAll("'", "''")}'!${reference}`,
  );

const MARKED = new RegExp(`${SHEET}\u0001([^\u0001]*)\u0001`, 'gu');
