import { BotError, type BotValue, type Host } from '@signalbox/taskbot';
import { type SessionKind, sessionOf } from '../support/session.ts';
import { excerpt, numberText } from '../support/text.ts';
import { type Cell, cellName, columnName, parseCell, parseRange, type Range } from './address.ts';
import type { CellContent, NewValue, Sheet } from './sheet.ts';
import type { Workbook } from './workbook.ts';
import { richText } from './xml.ts';

/** The two vendor packages are one here: `Excel` needs no desktop Excel there, `Excel_MS` drives one. */
export type ExcelPackage = 'Excel' | 'Excel_MS';

/** As displayed, or as it lies in the file. */
export type ReadOption = 'READ_CELL_TEXT' | 'READ_CELL_VALUE';
export const READ_OPTIONS = ['READ_CELL_TEXT', 'READ_CELL_VALUE'] as const;

/** Formats a number as Excel shows it. */
export type NumberFormatter = (format: string, value: number, options: { date1904: boolean }) => string;

export interface ExcelFile {
  readonly path: string;
  readonly kind: 'xlsx' | 'csv' | 'old';
  readonly readOnly: boolean;
  readonly containsHeader: boolean;
  readonly excludeHidden: boolean;
}

/** What an Excel session holds: a workbook, where its cursor stands and what is selected. */
export class ExcelSession {
  readonly workbook: Workbook;
  readonly file: ExcelFile;
  readonly #formatNumber: NumberFormatter;
  sheetName: string;
  active: Cell = { row: 1, column: 1 };
  selection: Range | undefined;
  #warned = false;

  constructor(workbook: Workbook, file: ExcelFile, formatNumber: NumberFormatter, sheetName?: string) {
    this.workbook = workbook;
    this.file = file;
    this.#formatNumber = formatNumber;
    this.sheetName = sheetName ?? workbook.activeName;
  }

  get sheet(): Sheet {
    return this.workbook.sheet(this.sheetName);
  }

  /** The sheets that count: hidden ones are left out when the workbook was opened so. */
  get sheetNames(): string[] {
    return this.workbook.sheets.filter(({ hidden }) => !(hidden && this.file.excludeHidden)).map(({ name }) => name);
  }

  switchTo(name: string): void {
    this.workbook.sheet(name);
    const wanted = name.trim().toLowerCase();
    this.sheetName = this.workbook.sheets.find((sheet) => sheet.name.trim().toLowerCase() === wanted)?.name ?? name;
    this.goTo({ row: 1, column: 1 });
  }

  goTo(cell: Cell): void {
    this.active = cell;
    this.selection = undefined;
  }

  /** The cell an action means: the active one, or the one it names. */
  cell(active: boolean, name: string): Cell {
    return active ? this.active : parseCell(name);
  }

  range(active: boolean, name: string): Range {
    if (active) return this.selection ?? { from: this.active, to: this.active };
    return parseRange(name);
  }

  lastRow(column: number): number {
    return this.#last((row) => ({ row, column }), this.sheet.bounds()?.to.row ?? 1);
  }

  lastColumn(row: number): number {
    return this.#last((column) => ({ row, column }), this.sheet.bounds()?.to.column ?? 1);
  }

  #last(at: (position: number) => Cell, from: number): number {
    for (let position = from; position > 1; position--) {
      const content = this.sheet.get(at(position));
      if (content?.value !== undefined || content?.formula !== undefined || content?.inline !== undefined)
        return position;
    }
    return 1;
  }

  read(at: Cell, option: ReadOption, host: Host, sheet: Sheet = this.sheet): string {
    const content = sheet.get(at);
    if (content === undefined) return '';
    if (content.formula !== undefined) this.#warn(content, at, host);
    return this.#text(content, option);
  }

  #text(content: CellContent, option: ReadOption): string {
    const { type, value, inline } = content;
    if (inline !== undefined) return richText(inline);
    if (value === undefined) return '';
    switch (type) {
      case 's':
        return this.workbook.sharedTexts[Number(value)] ?? '';
      case 'b':
        return value === '1' ? 'TRUE' : 'FALSE';
      case undefined:
      case 'n': {
        if (option === 'READ_CELL_VALUE') return numberText(Number(value));
        const format = this.workbook.formats[Number(content.style ?? 0)] ?? 'General';
        try {
          return this.#formatNumber(format, Number(value), { date1904: this.workbook.from1904 });
        } catch {
          return numberText(Number(value)); // a format of some other program
        }
      }
      default:
        return value;
    }
  }

  /** Formulas are not computed here: their results are those of the program that saved the file. */
  #warn(content: CellContent, at: Cell, host: Host): void {
    if (content.value === undefined) {
      throw new BotError(
        `The formula in ${cellName(at)} has no result yet: formulas are computed when a spreadsheet program opens the file. Save it there once, or compute the value in the bot.`,
      );
    }
    if (this.#warned || !this.workbook.changed) return;
    this.#warned = true;
    host.log(
      'warn',
      `${cellName(at)} has a formula, and the workbook was changed: its value is still the one that was saved in the file.`,
    );
  }

  write(at: Cell, text: string, sheet: Sheet = this.sheet): void {
    this.requireWritable();
    const style = sheet.get(at)?.style;
    const format = this.workbook.formats[Number(style ?? 0)] ?? 'General';
    sheet.set(at, newValueOf(text, format === '@'));
  }

  requireWritable(): void {
    if (this.file.readOnly) {
      throw new BotError('The workbook is open for reading only. Open it with the access mode "Edit" to change it.');
    }
  }

  /** What the columns are called: by the first row when it is a header, else by their letters. */
  columnNames(from: number, to: number, host: Host): string[] {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => {
      const column = from + index;
      const header = this.file.containsHeader ? this.read({ row: 1, column }, 'READ_CELL_TEXT', host) : '';
      return header === '' ? columnName(column) : header;
    });
  }
}

/** As Excel takes what is typed in: a formula, a number, a truth value, or text. Numbers with leading zeros stay texts. */
const newValueOf = (text: string, asText: boolean): NewValue => {
  if (text === '') return { kind: 'empty' };
  if (asText) return { kind: 'text', text: checked(text) };
  if (/^=./.test(text)) return { kind: 'formula', formula: text.slice(1) };
  if (/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 15) {
    return { kind: 'number', number: Number(text) };
  }
  if (/^(true|false)$/i.test(text)) return { kind: 'boolean', boolean: /^true$/i.test(text) };
  return { kind: 'text', text: checked(text) };
};

const checked = (text: string): string => {
  if (text.length <= 32_767) return text;
  throw new BotError(`A cell takes 32,767 characters, but the text has ${text.length}: "${excerpt(text)}".`);
};

const kindOf = (packageName: ExcelPackage): SessionKind<ExcelSession> => ({
  package: packageName,
  content: ExcelSession,
  opener: 'Excel: Open',
});

export const excelOf = (packageName: ExcelPackage, session: BotValue, host: Host): ExcelSession =>
  sessionOf(kindOf(packageName), session, host);
