import { BotError } from '@signalbox/taskbot';
import { type Cell, cellName, MAX_COLUMN, MAX_ROW, parseCell, type Range, rangeName } from './address.ts';
import { parseXml } from './parse-xml.ts';
import { carried, type Move, moved, movedSpan } from './references.ts';
import {
  childNamed,
  element,
  escapeText,
  HEADER,
  isElement,
  localName,
  printAttributes,
  printXml,
  textOf,
  type XmlElement,
} from './xml.ts';

/** What stands in a cell, as the file has it. */
export interface CellContent {
  /** The index into the styles, as text. */
  readonly style: string | undefined;
  /** `n`, `s` (a shared text), `str`, `inlineStr`, `b`, `e` or `d`. */
  readonly type: string | undefined;
  readonly value: string | undefined;
  readonly formula: XmlElement | undefined;
  readonly inline: XmlElement | undefined;
}

/** What can be put into a cell. */
export type NewValue =
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'formula'; readonly formula: string };

interface Row {
  attributes: Record<string, string>;
  cells: Map<number, CellContent>;
}

const MAX_CELLS = 3_000_000;

/**
 * One worksheet. Rows and cells are taken apart; all else of the part (widths, conditional formats, drawings,
 * extensions) is kept as it came and printed again.
 */
export class Sheet {
  readonly #tree: XmlElement;
  readonly #rows = new Map<number, Row>();
  readonly #prefix: string;
  #changed = false;

  constructor(text: string, part: string) {
    let cells = 0;
    let nextRow = 1;
    this.#tree = parseXml(text, part, (child, parent) => {
      if (localName(child) !== 'row' || localName(parent) !== 'sheetData') return false;
      const { r, spans: _spans, ...attributes } = child.attributes;
      const row = r === undefined ? nextRow : Number(r);
      if (!(row >= 1 && row <= MAX_ROW)) throw new BotError(`The workbook is damaged: ${part} has a row ${r}.`);
      nextRow = row + 1;
      const read = readCells(child);
      cells += read.size;
      if (cells > MAX_CELLS) {
        throw new BotError(
          `The worksheet has more than ${MAX_CELLS} cells, which is the bound. Split it, or save it as CSV.`,
        );
      }
      this.#rows.set(row, { attributes, cells: read });
      return true;
    });
    this.#prefix = this.#tree.name.slice(0, -localName(this.#tree).length);
    this.#unshare();
  }

  get changed(): boolean {
    return this.#changed;
  }

  get(at: Cell): CellContent | undefined {
    return this.#rows.get(at.row)?.cells.get(at.column);
  }

  /** Puts a value in; the style of the cell stays, or that of its row or column begins. */
  set(at: Cell, value: NewValue): void {
    const style = this.get(at)?.style ?? this.#inheritedStyle(at);
    if (value.kind === 'empty' && style === undefined) this.#remove(at);
    else this.#put(at, { ...contentOf(value), style });
  }

  /** Takes content and style. */
  #remove(at: Cell): void {
    if (this.#rows.get(at.row)?.cells.delete(at.column)) this.#changed = true;
  }

  #put(at: Cell, content: CellContent): void {
    if (at.row > MAX_ROW || at.column > MAX_COLUMN) throw new BotError(`A worksheet has no cell ${cellName(at)}.`);
    let row = this.#rows.get(at.row);
    if (row === undefined) {
      row = { attributes: {}, cells: new Map() };
      this.#rows.set(at.row, row);
    }
    row.cells.set(at.column, content);
    this.#changed = true;
  }

  #inheritedStyle({ row, column }: Cell): string | undefined {
    const { s, customFormat } = this.#rows.get(row)?.attributes ?? {};
    if (s !== undefined && (customFormat === '1' || customFormat === 'true')) return s;
    const widths = childNamed(this.#tree, 'cols');
    return widths?.children.filter(isElement).find(({ attributes }) => {
      return Number(attributes.min) <= column && column <= Number(attributes.max);
    })?.attributes.style;
  }

  /** The stretch that holds content, from A1 on; empty sheets have none. */
  bounds(): Range | undefined {
    let row = 0;
    let column = 0;
    for (const [number, { cells }] of this.#rows) {
      for (const [position, content] of cells) {
        if (content.value === undefined && content.formula === undefined && content.inline === undefined) continue;
        row = Math.max(row, number);
        column = Math.max(column, position);
      }
    }
    return row === 0 ? undefined : { from: { row: 1, column: 1 }, to: { row, column } };
  }

  /** Cells with formulas, for those who have to change them. */
  rewriteFormulas(change: (formula: string) => string): void {
    for (const { cells } of this.#rows.values()) {
      for (const [column, content] of cells) {
        if (content.formula === undefined) continue;
        const before = textOf(content.formula);
        const after = change(before);
        if (after === before) continue;
        cells.set(column, { ...content, formula: { ...content.formula, children: [after] } });
        this.#changed = true;
      }
    }
  }

  /** Rows or columns come or go; what lies beyond follows. References are the workbook's business. */
  move(move: Move): void {
    this.#changed = true;
    if (move.axis === 'row') this.#replaceKeys(this.#rows, move);
    else for (const { cells } of this.#rows.values()) this.#replaceKeys(cells, move);
    this.#moveRest(move);
  }

  #replaceKeys<T>(map: Map<number, T>, move: Move): void {
    const entries = [...map];
    map.clear();
    for (const [key, value] of entries) {
      const span = movedSpan(key, key, move);
      if (span !== undefined && span.to <= MAX_ROW) map.set(span.from, value);
    }
  }

  /** The cells right of a hole (or below it) close up. */
  shift(hole: Range, direction: 'left' | 'up'): void {
    this.#changed = true;
    const height = hole.to.row - hole.from.row + 1;
    const width = hole.to.column - hole.from.column + 1;
    const last = this.bounds()?.to ?? hole.to;
    for (let row = hole.from.row; row <= (direction === 'left' ? hole.to.row : last.row); row++) {
      for (let column = hole.from.column; column <= (direction === 'left' ? last.column : hole.to.column); column++) {
        const source =
          direction === 'left' ? this.get({ row, column: column + width }) : this.get({ row: row + height, column });
        if (source === undefined) this.#remove({ row, column });
        else this.#put({ row, column }, source);
      }
    }
  }

  /** Merged cells, conditional formats, validations, links and filters carry ranges of their own. */
  #moveRest(move: Move): void {
    const visit = (node: XmlElement): void => {
      for (const attribute of ['ref', 'sqref'] as const) {
        const text = node.attributes[attribute];
        if (text === undefined || localName(node) === 'dimension') continue;
        const kept = text.split(' ').map((range) => moved(range, '', true, move));
        node.attributes[attribute] = kept.filter((range) => range !== '#REF!').join(' ');
      }
      for (const child of node.children.filter(isElement)) visit(child);
      node.children = node.children.filter(
        (child) => !(isElement(child) && (child.attributes.ref === '' || child.attributes.sqref === '')),
      );
      if (localName(node) === 'mergeCells' && node.attributes.count !== undefined) {
        node.attributes.count = String(node.children.length);
      }
    };
    for (const child of this.#tree.children.filter(isElement)) visit(child);
    this.#tree.children = this.#tree.children.filter(
      (child) => !(isElement(child) && EMPTIED.has(localName(child)) && child.children.length === 0),
    );
    if (move.axis === 'column') this.#moveWidths(move);
  }

  #moveWidths(move: Move): void {
    const widths = childNamed(this.#tree, 'cols');
    if (widths === undefined) return;
    widths.children = widths.children.filter(isElement).flatMap((width) => {
      const span = movedSpan(Number(width.attributes.min), Number(width.attributes.max), move);
      if (span === undefined || span.from > MAX_COLUMN) return [];
      const max = Math.min(span.to, MAX_COLUMN);
      return [{ ...width, attributes: { ...width.attributes, min: String(span.from), max: String(max) } }];
    });
    if (widths.children.length === 0) this.#tree.children = this.#tree.children.filter((child) => child !== widths);
  }

  /** Names of the cells that a shared formula starts from are kept by none: each cell gets its formula in full. */
  #unshare(): void {
    const shared = new Map<string, { formula: string; at: Cell }>();
    for (const [row, { cells }] of this.#rows) {
      for (const [column, content] of cells) {
        const { formula } = content;
        if (formula?.attributes.t !== 'shared' || formula.attributes.si === undefined) continue;
        const text = textOf(formula);
        if (text !== '') shared.set(formula.attributes.si, { formula: text, at: { row, column } });
      }
    }
    if (shared.size === 0) return;
    for (const [row, { cells }] of this.#rows) {
      for (const [column, content] of cells) {
        const { formula } = content;
        const origin = formula?.attributes.t === 'shared' ? shared.get(formula.attributes.si ?? '') : undefined;
        if (formula === undefined || origin === undefined) continue;
        const text = carried(origin.formula, row - origin.at.row, column - origin.at.column);
        cells.set(column, { ...content, formula: element(formula.name, {}, [text]) });
      }
    }
  }

  print(): string {
    const bounds = this.bounds();
    return (
      HEADER +
      printXml(this.#tree, (node) => {
        if (localName(node) === 'sheetData') return this.#printRows(node.name);
        if (localName(node) !== 'dimension') return undefined;
        return `<${node.name} ref="${bounds === undefined ? 'A1' : rangeName(bounds)}"/>`;
      })
    );
  }

  #printRows(name: string): string {
    const p = this.#prefix;
    const rows = [...this.#rows].sort(([a], [b]) => a - b);
    const printed = rows.map(([row, { attributes, cells }]) => {
      const inside = [...cells]
        .sort(([a], [b]) => a - b)
        .map(([column, content]) => printCell(p, cellName({ row, column }), content));
      return `<${p}row r="${row}"${printAttributes(attributes)}>${inside.join('')}</${p}row>`;
    });
    return `<${name}>${printed.join('')}</${name}>`;
  }
}

const EMPTIED = new Set(['mergeCells', 'conditionalFormatting', 'dataValidations', 'hyperlinks']);

const readCells = (row: XmlElement): Map<number, CellContent> => {
  const cells = new Map<number, CellContent>();
  let next = 1;
  for (const cell of row.children.filter(isElement)) {
    if (localName(cell) !== 'c') continue;
    const { r, s: style, t: type } = cell.attributes;
    const column = r === undefined ? next : parseCell(r).column;
    next = column + 1;
    const value = childNamed(cell, 'v');
    cells.set(column, {
      style,
      type,
      value: value === undefined ? undefined : textOf(value),
      formula: childNamed(cell, 'f'),
      inline: childNamed(cell, 'is'),
    });
  }
  return cells;
};

const contentOf = (value: NewValue): Omit<CellContent, 'style'> => {
  const nothing = { type: undefined, value: undefined, formula: undefined, inline: undefined };
  switch (value.kind) {
    case 'empty':
      return nothing;
    case 'number':
      return { ...nothing, value: String(value.number) };
    case 'boolean':
      return { ...nothing, type: 'b', value: value.boolean ? '1' : '0' };
    case 'formula':
      return { ...nothing, formula: element('f', {}, [value.formula]) };
    case 'text':
      // In the cell itself, so that the table of shared texts can stay as it is.
      return {
        ...nothing,
        type: 'inlineStr',
        inline: element('is', {}, [element('t', { 'xml:space': 'preserve' }, [value.text])]),
      };
  }
};

const printCell = (prefix: string, name: string, { style, type, value, formula, inline }: CellContent): string => {
  const open = `<${prefix}c r="${name}"${style === undefined ? '' : ` s="${style}"`}${type === undefined ? '' : ` t="${type}"`}`;
  const own = (node: XmlElement): string =>
    printXml(node.name.includes(':') || prefix === '' ? node : withPrefix(prefix, node));
  const inside =
    (formula === undefined ? '' : own(formula)) +
    (value === undefined ? '' : `<${prefix}v>${escapeText(value)}</${prefix}v>`) +
    (inline === undefined ? '' : own(inline));
  return inside === '' ? `${open}/>` : `${open}>${inside}</${prefix}c>`;
};

const withPrefix = (prefix: string, node: XmlElement): XmlElement => ({
  ...node,
  name: `${prefix}${node.name}`,
  children: node.children.map((child) => (isElement(child) ? withPrefix(prefix, child) : child)),
});
