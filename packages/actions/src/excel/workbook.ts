import { BotError } from '@signalbox/taskbot';
import { blankParts, blankSheet } from './blank.ts';
import { parseXml } from './parse-xml.ts';
import { type Parts, pack, partText, putText, relationsPart, resolvePart } from './parts.ts';
import { type Move, moved, renamed } from './references.ts';
import { Sheet } from './sheet.ts';
import { type Formats, readFormats } from './styles.ts';
import {
  childNamed,
  childrenNamed,
  element,
  HEADER,
  isElement,
  localName,
  printXml,
  richText,
  textOf,
  type XmlElement,
} from './xml.ts';

export interface SheetEntry {
  readonly name: string;
  readonly hidden: boolean;
}

const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/**
 * An .xlsx or .xlsm file in memory. What is edited is edited in its part; every other part (charts, pictures, pivot
 * tables, macros) goes back byte for byte. Formulas are not computed: their last results stand beside them, and a
 * changed workbook asks the next program that opens it to compute them anew.
 */
export class Workbook {
  readonly #parts: Parts;
  readonly #bookPart: string;
  readonly #book: XmlElement;
  readonly #relations: XmlElement;
  readonly #sheets = new Map<string, Sheet>();
  readonly formats: Formats;
  readonly sharedTexts: readonly string[];
  /** Dates count from 1904 instead of 1900. */
  readonly from1904: boolean;
  #structureChanged = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#bookPart = mainPart(parts);
    this.#book = parseXml(required(parts, this.#bookPart), this.#bookPart);
    this.#relations = parseXml(required(parts, relationsPart(this.#bookPart)), relationsPart(this.#bookPart));
    this.formats = readFormats(this.#textOfType('styles'));
    this.sharedTexts = readSharedTexts(this.#textOfType('sharedStrings'));
    const { date1904 } = childNamed(this.#book, 'workbookPr')?.attributes ?? {};
    this.from1904 = date1904 === '1' || date1904 === 'true';
    if (this.sheets.length === 0) throw new BotError('The workbook has no worksheet.');
  }

  static blank(sheetName: string): Workbook {
    checkSheetName(sheetName);
    return new Workbook(blankParts(sheetName));
  }

  get sheets(): SheetEntry[] {
    return this.#entries().map(({ attributes }) => ({
      name: attributes.name ?? '',
      hidden: attributes.state !== undefined && attributes.state !== 'visible',
    }));
  }

  get changed(): boolean {
    return this.#structureChanged || [...this.#sheets.values()].some((sheet) => sheet.changed);
  }

  /** The sheet that was in front when the workbook was saved. */
  get activeName(): string {
    const view = childNamed(this.#book, 'bookViews')?.children.find(isElement);
    const { sheets } = this;
    const active = sheets[Number(view?.attributes.activeTab ?? 0)];
    return (active === undefined || active.hidden ? sheets.find(({ hidden }) => !hidden) : active)?.name ?? '';
  }

  sheet(name: string): Sheet {
    const entry = this.#entry(name);
    const part = this.#partOf(entry);
    let sheet = this.#sheets.get(part);
    if (sheet === undefined) {
      if (!/\/worksheet$/.test(this.#relationOf(entry)?.attributes.Type ?? '')) {
        throw new BotError(`"${name}" is a chart, not a worksheet.`);
      }
      sheet = new Sheet(required(this.#parts, part), part);
      this.#sheets.set(part, sheet);
    }
    return sheet;
  }

  addSheet(name: string): void {
    checkSheetName(name);
    if (this.sheets.some((sheet) => sheet.name.toLowerCase() === name.toLowerCase())) {
      throw new BotError(`The workbook has a sheet "${name}" already. Choose another name.`);
    }
    const folder = this.#bookPart.replace(/[^/]*$/, '');
    let number = 1;
    while (this.#parts.has(`${folder}worksheets/sheet${number}.xml`)) number += 1;
    const part = `${folder}worksheets/sheet${number}.xml`;
    const id = `rId${1 + Math.max(0, ...this.#relations.children.filter(isElement).map(({ attributes }) => Number(/^rId(\d+)$/.exec(attributes.Id ?? '')?.[1] ?? 0)))}`;
    const sheetId = 1 + Math.max(0, ...this.#entries().map(({ attributes }) => Number(attributes.sheetId)));
    putText(this.#parts, part, blankSheet);
    this.#relations.children.push(
      element(childName(this.#relations, 'Relationship'), {
        Id: id,
        Type: `${OFFICE}/worksheet`,
        Target: `/${part}`,
      }),
    );
    const list = this.#list();
    const relationName = this.#relationAttribute();
    list.children.push(element(childName(list, 'sheet'), { name, sheetId: String(sheetId), [relationName]: id }));
    this.#changeTypes((types) => {
      types.children.push(element(childName(types, 'Override'), { PartName: `/${part}`, ContentType: SHEET_TYPE }));
    });
    this.#structureChanged = true;
  }

  renameSheet(from: string, to: string): void {
    checkSheetName(to);
    const entry = this.#entry(from);
    if (
      from.toLowerCase() !== to.toLowerCase() &&
      this.sheets.some(({ name }) => name.toLowerCase() === to.toLowerCase())
    ) {
      throw new BotError(`The workbook has a sheet "${to}" already. Choose another name.`);
    }
    const before = entry.attributes.name ?? from;
    this.#changeFormulas((formula) => renamed(formula, before, to));
    entry.attributes.name = to;
    this.#structureChanged = true;
  }

  deleteSheet(name: string): void {
    const entry = this.#entry(name);
    if (this.sheets.filter((sheet) => !sheet.hidden && sheet.name !== entry.attributes.name).length === 0) {
      throw new BotError(`"${name}" is the only visible sheet, and a workbook needs one.`);
    }
    const part = this.#partOf(entry);
    const position = this.#entries().indexOf(entry);
    const relation = this.#relationOf(entry);
    const gone = entry.attributes.name ?? name;
    this.#changeFormulas((formula) => renamed(formula, gone, undefined));
    this.#list().children = this.#list().children.filter((child) => child !== entry);
    this.#relations.children = this.#relations.children.filter((child) => child !== relation);
    this.#sheets.delete(part);
    this.#parts.delete(part);
    this.#parts.delete(relationsPart(part));
    this.#changeTypes((types) => {
      types.children = types.children.filter((child) => !isElement(child) || child.attributes.PartName !== `/${part}`);
    });
    this.#forgetLocalNames(position);
    for (const view of childNamed(this.#book, 'bookViews')?.children.filter(isElement) ?? []) {
      delete view.attributes.activeTab;
      delete view.attributes.firstSheet;
    }
    this.#structureChanged = true;
  }

  /** Rows or columns of a sheet come or go, and the formulas of the whole workbook follow. */
  move(name: string, move: Move): void {
    const sheet = this.sheet(name);
    this.#refuseTables(name);
    sheet.move(move);
    this.#changeFormulas((formula, on) => moved(formula, name, on?.toLowerCase() === name.toLowerCase(), move));
  }

  /** A table's columns carry names and formulas of their own: moving only the cells would leave a file that Excel repairs. */
  #refuseTables(name: string): void {
    const text = partText(this.#parts, relationsPart(this.#partOf(this.#entry(name))));
    if (text?.includes('/table"')) {
      throw new BotError(
        `The sheet "${name}" has a table, and rows and columns around tables cannot be inserted or deleted here. Turn the table into a range in Excel.`,
      );
    }
  }

  async toBytes(): Promise<Uint8Array> {
    if (!this.changed) return pack(this.#parts);
    for (const [part, sheet] of this.#sheets) if (sheet.changed) putText(this.#parts, part, sheet.print());
    this.#dropCalculationChain();
    this.#askForCalculation();
    putText(this.#parts, relationsPart(this.#bookPart), HEADER + printXml(this.#relations));
    putText(this.#parts, this.#bookPart, HEADER + printXml(this.#book));
    return pack(this.#parts);
  }

  /** It lists the cells with formulas; a stale one makes Excel repair the file, none makes it build one. */
  #dropCalculationChain(): void {
    const chain = this.#relationOfType('calcChain');
    if (chain === undefined) return;
    const part = resolvePart(this.#bookPart, chain.attributes.Target ?? '');
    this.#relations.children = this.#relations.children.filter((child) => child !== chain);
    this.#parts.delete(part);
    this.#changeTypes((types) => {
      types.children = types.children.filter((child) => !isElement(child) || child.attributes.PartName !== `/${part}`);
    });
  }

  #askForCalculation(): void {
    const there = childNamed(this.#book, 'calcPr');
    if (there !== undefined) {
      there.attributes.fullCalcOnLoad = '1';
      return;
    }
    const before = ['definedNames', 'externalReferences', 'functionGroups', 'sheets'];
    const position = this.#book.children.findLastIndex(
      (child) => isElement(child) && before.includes(localName(child)),
    );
    this.#book.children.splice(position + 1, 0, element(childName(this.#book, 'calcPr'), { fullCalcOnLoad: '1' }));
  }

  #changeFormulas(change: (formula: string, sheetName: string | undefined) => string): void {
    for (const entry of this.#entries()) {
      if (!/\/worksheet$/.test(this.#relationOf(entry)?.attributes.Type ?? '')) continue;
      const name = entry.attributes.name ?? '';
      // A sheet nobody opened and without any formula is left unread.
      if (
        !this.#sheets.has(this.#partOf(entry)) &&
        !/<(?:\w+:)?f[\s>]/.test(required(this.#parts, this.#partOf(entry)))
      ) {
        continue;
      }
      this.sheet(name).rewriteFormulas((formula) => change(formula, name));
    }
    for (const name of childNamed(this.#book, 'definedNames')?.children.filter(isElement) ?? []) {
      name.children = [change(textOf(name), undefined)];
    }
    this.#structureChanged = true;
  }

  #forgetLocalNames(position: number): void {
    const names = childNamed(this.#book, 'definedNames');
    if (names === undefined) return;
    names.children = names.children.filter(
      (child) => !isElement(child) || child.attributes.localSheetId !== String(position),
    );
    for (const { attributes } of names.children.filter(isElement)) {
      const local = Number(attributes.localSheetId);
      if (local > position) attributes.localSheetId = String(local - 1);
    }
    if (names.children.length === 0) this.#book.children = this.#book.children.filter((child) => child !== names);
  }

  #entry(name: string): XmlElement {
    const wanted = name.trim().toLowerCase();
    const found = this.#entries().find(({ attributes }) => (attributes.name ?? '').trim().toLowerCase() === wanted);
    if (found !== undefined) return found;
    const there = this.sheets.map((sheet) => `"${sheet.name}"`).join(', ');
    throw new BotError(`The workbook has no sheet "${name}". Its sheets are ${there}.`);
  }

  #list(): XmlElement {
    return childNamed(this.#book, 'sheets') ?? element('sheets');
  }

  #entries(): XmlElement[] {
    return childrenNamed(this.#list(), 'sheet');
  }

  #relationAttribute(): string {
    return Object.keys(this.#entries()[0]?.attributes ?? {}).find((name) => /:id$/.test(name)) ?? 'r:id';
  }

  #relationOf(entry: XmlElement): XmlElement | undefined {
    const id = Object.entries(entry.attributes).find(([name]) => /:id$/.test(name))?.[1];
    return this.#relations.children.filter(isElement).find(({ attributes }) => attributes.Id === id);
  }

  #partOf(entry: XmlElement): string {
    return resolvePart(this.#bookPart, this.#relationOf(entry)?.attributes.Target ?? '');
  }

  #relationOfType(type: string): XmlElement | undefined {
    return this.#relations.children
      .filter(isElement)
      .find(({ attributes }) => attributes.Type?.endsWith(`/${type}`) === true);
  }

  #textOfType(type: string): string | undefined {
    const relation = this.#relationOfType(type);
    return relation === undefined
      ? undefined
      : partText(this.#parts, resolvePart(this.#bookPart, relation.attributes.Target ?? ''));
  }

  #changeTypes(change: (types: XmlElement) => void): void {
    const types = parseXml(required(this.#parts, TYPES), TYPES);
    change(types);
    putText(this.#parts, TYPES, HEADER + printXml(types));
  }
}

const TYPES = '[Content_Types].xml';

const mainPart = (parts: Parts): string => {
  const relations = parseXml(required(parts, '_rels/.rels'), '_rels/.rels');
  const main = relations.children
    .filter(isElement)
    .find(({ attributes }) => attributes.Type?.endsWith('/officeDocument') === true);
  return resolvePart('', main?.attributes.Target ?? '');
};

const required = (parts: Parts, name: string): string => {
  const text = partText(parts, name);
  if (text === undefined) throw new BotError(`The file is not a workbook, or it is damaged: it has no part "${name}".`);
  return text;
};

const readSharedTexts = (text: string | undefined): string[] => {
  if (text === undefined) return [];
  const texts: string[] = [];
  parseXml(text, 'sharedStrings.xml', (child) => {
    if (localName(child) !== 'si') return false;
    texts.push(richText(child));
    return true;
  });
  return texts;
};

const childName = (parent: XmlElement, name: string): string =>
  `${parent.name.slice(0, -localName(parent).length)}${name}`;

const checkSheetName = (name: string): void => {
  if (name === '' || name.length > 31 || /[\\/?*[\]:]/.test(name) || name.startsWith("'") || name.endsWith("'")) {
    throw new BotError(`"${name}" cannot be the name of a sheet: it takes 1 to 31 characters, without \\ / ? * [ ] :`);
  }
};
