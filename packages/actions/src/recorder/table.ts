import { BotError, type Host } from '@signalbox/taskbot';
import type { Locator } from 'playwright-core';
import type { PageElement } from '../browser/element.ts';
import { overwriteText } from '../support/append.ts';
import { writeDelimited } from '../support/delimited.ts';
import { devicePath } from '../support/device-path.ts';
import { excerpt } from '../support/text.ts';

const MOST_CELLS = 1_000_000;

/** The texts of a table, row by row, head included. */
export const cellsOf = async (table: Locator): Promise<string[][]> => {
  const cells = await table.evaluate((element: PageElement, most: number) => {
    // A capture may mean a body or a part within the table: then its rows are its children.
    const rows = Array.from(element.rows ?? (element.children as ArrayLike<never>)) as {
      cells?: ArrayLike<PageElement>;
    }[];
    let left = most;
    return rows.map((row) =>
      // biome-ignore lint/performance/useDomNodeTextContent: hidden parts are no text of it
      Array.from(row.cells ?? []).map((cell) => (left-- > 0 ? (cell.innerText ?? cell.textContent ?? '').trim() : '')),
    );
  }, MOST_CELLS);
  if (cells.reduce((sum, row) => sum + row.length, 0) > MOST_CELLS) {
    throw new BotError(`The table has more than ${MOST_CELLS} cells. Let the page show fewer of its rows.`);
  }
  return cells;
};

/** Commas and UTF-8 [inferred]. */
export const extractToCsv = (cells: readonly string[][], file: string, host: Host): undefined => {
  if (file.trim() === '') throw new BotError('Expected the path of the CSV file in "value", but it is empty.');
  overwriteText(devicePath(file.replace(/^file:\/\//, ''), host), writeDelimited(cells, ',', '\r\n'), 'UTF-8');
  return undefined;
};

/** Rows and columns count from 1, the head is the first row. [inferred] */
export const cellByIndex = (cells: readonly string[][], row: string, column: string): string => {
  const text = cells[position(row, 'row')]?.[position(column, 'column')];
  if (text !== undefined) return text;
  throw new BotError(
    `The table has no cell in row ${excerpt(row)}, column ${excerpt(column)}; it has ${cells.length} rows.`,
  );
};

/** The place of the first cell with that text, as `row,column`; `0,0` when none has it. [inferred] */
export const placeOfText = (cells: readonly string[][], text: string): string => {
  const wanted = text.trim().toLowerCase();
  for (const [row, texts] of cells.entries()) {
    const column = texts.findIndex((one) => one.toLowerCase() === wanted);
    if (column >= 0) return `${row + 1},${column + 1}`;
  }
  return '0,0';
};

const position = (text: string, what: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number - 1;
  throw new BotError(`Expected the number of a ${what} from 1 on, but got "${excerpt(text)}".`);
};
