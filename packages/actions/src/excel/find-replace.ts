import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import { foldCase } from '../support/text.ts';
import { type Cell, cellName, parseCell } from './address.ts';
import { type ExcelPackage, type ExcelSession, excelOf } from './excel-session.ts';

const PLACES = ['BEGINNING', 'END', 'ACTIVECELL', 'SPECIFICCELL'] as const;

const search = {
  session: attribute.any({ alias: ['sessionName'] }),
  findText: attribute.text({ alias: ['find'] }),
  from: attribute.choice(PLACES),
  fromSpecificCellText: attribute.text(),
  till: attribute.choice(PLACES, { fallback: 'END' }),
  tillSpecificCellText: attribute.text(),
  searchOptions: attribute.choice(['BYROWS', 'BYCOLUMNS']),
  matchCase: attribute.flag(),
  matchEntireCell: attribute.flag(),
};

interface Search {
  readonly findText: string;
  readonly from: (typeof PLACES)[number];
  readonly fromSpecificCellText: string;
  readonly till: (typeof PLACES)[number];
  readonly tillSpecificCellText: string;
  readonly searchOptions: 'BYROWS' | 'BYCOLUMNS';
  readonly matchCase: boolean;
  readonly matchEntireCell: boolean;
}

/** A list of addresses, in the order of the search; an empty one when nothing fits. [doc: the output is a list] */
export const find = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'find',
    summary: 'Finds the cells of the active sheet that show a text.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: search,
    returns: 'LIST',
    run: (input, host) => found(excelOf(name, input.session, host), input, host).map(({ at }) => cellName(at)),
  });

export const replace = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'Replace',
    summary: 'Replaces a text in the cells of the active sheet. Formulas are left alone.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: { ...search, replaceText: attribute.text(), replaceWith: attribute.flag({ fallback: true }) },
    returns: 'NUMBER',
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      let count = 0;
      for (const { at, text } of found(excel, input, host)) {
        if (excel.sheet.get(at)?.formula !== undefined) continue;
        const next = input.matchEntireCell ? input.replaceText : replaced(text, input);
        excel.write(at, next);
        count += 1;
      }
      return count;
    },
  });

const replaced = (text: string, { findText, replaceText, matchCase }: Search & { replaceText: string }): string => {
  const where = matchCase ? text : foldCase(text);
  const what = matchCase ? findText : foldCase(findText);
  let result = '';
  let start = 0;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, start)) {
    result += text.slice(start, at) + replaceText;
    start = at + what.length;
  }
  return result + text.slice(start);
};

const found = (excel: ExcelSession, input: Search, host: Host): { at: Cell; text: string }[] => {
  if (input.findText === '') throw new BotError('Expected a text to find, but it is empty.');
  const last = excel.sheet.bounds()?.to;
  if (last === undefined) return [];
  const byRows = input.searchOptions === 'BYROWS';
  const rank = ({ row, column }: Cell) => (byRows ? row * 20_000 + column : column * 2_000_000 + row);
  const place = (choice: Search['from'], specific: string): Cell => {
    if (choice === 'BEGINNING') return { row: 1, column: 1 };
    if (choice === 'END') return last;
    return choice === 'ACTIVECELL' ? excel.active : parseCell(specific);
  };
  const from = rank(place(input.from, input.fromSpecificCellText));
  const till = rank(place(input.till, input.tillSpecificCellText));
  const fold = (text: string) => (input.matchCase ? text : foldCase(text));
  const what = fold(input.findText);
  const hits: { at: Cell; text: string }[] = [];
  const { sheet } = excel;
  for (let row = 1; row <= last.row; row++) {
    for (let column = 1; column <= last.column; column++) {
      const at = { row, column };
      if (rank(at) < Math.min(from, till) || rank(at) > Math.max(from, till)) continue;
      const content = sheet.get(at);
      if (content === undefined || (content.formula !== undefined && content.value === undefined)) continue;
      const text = excel.read(at, 'READ_CELL_TEXT', host, sheet);
      const shown = fold(text);
      if (input.matchEntireCell ? shown === what : shown.includes(what)) hits.push({ at, text });
    }
  }
  return byRows ? hits : hits.sort((a, b) => rank(a.at) - rank(b.at));
};
