import type { Readable } from 'node:stream';
import { error } from '../../kernel/errors.ts';
import type { Table } from './table.ts';
import { type Archive, openArchive } from './xlsx-archive.ts';
import { numberText } from './xlsx-values.ts';
import { createTextReader, LONGEST_TEXT, readWorkbook, type Workbook } from './xlsx-workbook.ts';
import { readXml, unescapeXstring } from './xlsx-xml.ts';

/** As wide as Excel's sheets are. */
const MOST_COLUMNS = 16_384;
/** Who opened a table and then did not read its rows (its header did not fit) does not keep the file open. */
const UNREAD_MS = 60_000;

/**
 * The first worksheet of an XLSX workbook. The rows are streamed: the memory does not grow with their number, only with
 * the texts that cells share, which are bounded. Why it is read this way: docs/decisions/0003-reading-xlsx.md.
 *
 * Numbers come without the noise of binary fractions; cells with the format of a date as `yyyy-mm-dd` or as an instant, of
 * a time as `hh:mm:ss`; booleans as `true` and `false`. Rows without any value are left out, cells beyond the header too.
 *
 * @throws invalid for what is no workbook, is encrypted, damaged or built to exhaust its reader
 */
export async function openSheet(stream: Readable): Promise<Table> {
  const archive = await openArchive(stream);
  try {
    const rows = readRows(archive, await readWorkbook(archive));
    const first = await rows.next();
    if (first.done) throw error('invalid', 'The first worksheet is empty.', { details: 'expected a header' });
    return { header: first.value, rows: closingAfterwards(rows, archive) };
  } catch (cause) {
    await archive.close();
    throw cause;
  }
}

function closingAfterwards(rows: AsyncGenerator<readonly string[]>, archive: Archive): Table['rows'] {
  const unread = setTimeout(() => archive.close(), UNREAD_MS).unref();
  return {
    async *[Symbol.asyncIterator]() {
      clearTimeout(unread);
      try {
        yield* rows;
      } finally {
        await archive.close();
      }
    },
  };
}

/** The header first; all rows after it have as many cells as it. */
async function* readRows(archive: Archive, workbook: Workbook): AsyncGenerator<readonly string[]> {
  const finished: string[][] = [];
  let width: number | undefined;
  const reader = createRowReader(workbook, (cells) => {
    if (cells.every((cell) => cell === '')) return;
    if (width === undefined) width = cells.findLastIndex((cell) => cell !== '') + 1;
    const length = width;
    finished.push(Array.from({ length }, (_, column) => cells[column] ?? ''));
  });
  for await (const _ of readXml(archive.text(workbook.sheet), reader)) {
    yield* finished;
    finished.length = 0;
  }
}

function createRowReader({ kinds, sharedStrings, is1904 }: Workbook, onRow: (cells: readonly string[]) => void) {
  const string = createTextReader();
  let cells: string[] = [];
  let inRow = false;
  let column = 0;
  let type = 'n';
  let style = 0;
  let value = '';
  let inValue = false;

  function cellText(): string {
    switch (type) {
      case 's': {
        const shared = sharedStrings[Number(value)];
        if (shared === undefined && value !== '')
          throw error('invalid', `The workbook is damaged: a cell refers to the text ${value.slice(0, 20)}.`);
        return shared ?? '';
      }
      case 'inlineStr':
        return string.end();
      case 'str':
        return unescapeXstring(value);
      case 'b':
        return value === '1' || value === 'true' ? 'true' : value === '' ? '' : 'false';
      case 'n':
        return numberText(value, kinds[style] ?? 'number', is1904);
      default:
        // `e`: a formula's fault, such as #DIV/0!; `d`: a date as ISO 8601 has it.
        return value;
    }
  }

  return {
    open(element: string, attributes: Readonly<Record<string, string>>): void {
      if (element === 'row') {
        cells = [];
        column = -1;
        inRow = true;
      } else if (element === 'c' && inRow) {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
        if (column >= MOST_COLUMNS) throw error('invalid', `The worksheet has more than ${MOST_COLUMNS} columns.`);
        type = attributes.t ?? 'n';
        style = Number(attributes.s ?? 0);
        value = '';
        string.begin();
      } else if (element === 'v') inValue = true;
      else string.open(element);
    },
    text(piece: string): void {
      if (inValue) value += piece;
      else string.text(piece);
      if (value.length > LONGEST_TEXT)
        throw error('invalid', 'The workbook holds a text that is too long for any cell.');
    },
    close(element: string): void {
      if (element === 'v') inValue = false;
      else if (element === 'c' && inRow) {
        const text = cellText();
        while (cells.length < column) cells.push('');
        cells[column] = text;
      } else if (element === 'row') {
        inRow = false;
        onRow(cells);
      } else string.close(element);
    },
  };
}

/** `AB12` → 27 */
function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length && i < 4; i++) {
    const letter = reference.charCodeAt(i) & ~0x20;
    if (letter < 65 || letter > 90) return i === 0 ? refuseReference(reference) : column - 1;
    column = column * 26 + letter - 64;
  }
  return column - 1;
}

function refuseReference(reference: string): never {
  throw error('invalid', `The workbook is damaged: "${reference.slice(0, 20)}" is no cell.`);
}
