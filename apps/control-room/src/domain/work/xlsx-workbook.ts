import { posix } from 'node:path';
import { error } from '../../kernel/errors.ts';
import type { Archive } from './xlsx-archive.ts';
import { kindOfFormat, type NumberKind } from './xlsx-values.ts';
import { readAllXml, unescapeXstring } from './xlsx-xml.ts';

/** What must be known before the rows are read. */
export interface Workbook {
  /** Part name of the first worksheet that is not hidden. */
  readonly sheet: string;
  readonly is1904: boolean;
  /** By the number of a cell's style. */
  readonly kinds: readonly NumberKind[];
  readonly sharedStrings: readonly string[];
}

/** Bytes of a list of parts or sheets, and of styles: far more than any workbook has, and no strain on the memory. */
const LARGEST_LIST = 4_000_000;
const LARGEST_STYLES = 32_000_000;
/** Texts that several cells share stand in one table, which has to be in memory: so it is bounded. */
const MOST_STRING_CHARACTERS = 64_000_000;
/** What an empty string costs nevertheless. */
const STRING_OVERHEAD = 16;

export async function readWorkbook(archive: Archive): Promise<Workbook> {
  const main = (await relations(archive, '')).find(({ type }) => type.endsWith('/officeDocument'));
  if (!main) throw error('invalid', 'The file is no XLSX workbook.', { details: 'expected an XLSX or CSV file' });
  const parts = await relations(archive, main.target);
  const partOf = (type: string): string | undefined => parts.find((part) => part.type.endsWith(`/${type}`))?.target;
  const { sheetId, is1904 } = await readSheets(archive, main.target, parts);
  const styles = partOf('styles');
  const strings = partOf('sharedStrings');
  return {
    sheet: sheetId,
    is1904,
    kinds: styles === undefined || !archive.has(styles) ? [] : await readStyles(archive, styles),
    sharedStrings: strings === undefined || !archive.has(strings) ? [] : await readSharedStrings(archive, strings),
  };
}

interface Relation {
  readonly id: string;
  readonly type: string;
  readonly target: string;
}

/** What a part refers to, with targets resolved to part names. */
async function relations(archive: Archive, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part);
  const found: Relation[] = [];
  const name = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  if (!archive.has(name)) return found;
  await readAllXml(archive.text(name, LARGEST_LIST), {
    open(element, { Id = '', Type = '', Target = '', TargetMode }) {
      if (element !== 'Relationship' || TargetMode === 'External') return;
      const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target);
      found.push({ id: Id, type: Type, target });
    },
  });
  return found;
}

async function readSheets(archive: Archive, part: string, parts: readonly Relation[]) {
  const sheets: { target: string; hidden: boolean }[] = [];
  let is1904 = false;
  await readAllXml(archive.text(part, LARGEST_LIST), {
    open(element, attributes) {
      if (element === 'workbookPr') is1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (element !== 'sheet') return;
      // The prefix of the relation's id is free; `sheetId` is something else.
      const [, id] = Object.entries(attributes).find(([key]) => key.endsWith(':id')) ?? [];
      const relation = parts.find((one) => one.id === id && one.type.endsWith('/worksheet'));
      if (relation) sheets.push({ target: relation.target, hidden: /hidden/i.test(attributes.state ?? '') });
    },
  });
  const first = sheets.find(({ hidden }) => !hidden) ?? sheets[0];
  if (!first) throw error('invalid', 'The workbook has no worksheet.');
  return { sheetId: first.target, is1904 };
}

async function readStyles(archive: Archive, part: string): Promise<NumberKind[]> {
  const codes = new Map<number, string>();
  const kinds: NumberKind[] = [];
  let inCells = false;
  await readAllXml(archive.text(part, LARGEST_STYLES), {
    open(element, attributes) {
      if (element === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      else if (element === 'cellXfs') inCells = true;
      else if (element === 'xf' && inCells) {
        const id = Number(attributes.numFmtId ?? 0);
        kinds.push(kindOfFormat(id, codes.get(id)));
      }
    },
    close(element) {
      if (element === 'cellXfs') inCells = false;
    },
  });
  return kinds;
}

async function readSharedStrings(archive: Archive, part: string): Promise<string[]> {
  const strings: string[] = [];
  const text = createTextReader();
  let room = MOST_STRING_CHARACTERS;
  await readAllXml(archive.text(part), {
    open(element) {
      if (element === 'si') text.begin();
      text.open(element);
    },
    text: text.text,
    close(element) {
      text.close(element);
      if (element !== 'si') return;
      const string = text.end();
      room -= string.length + STRING_OVERHEAD;
      if (room < 0) {
        throw error('invalid', 'The workbook holds too many different texts.', {
          details: `${MOST_STRING_CHARACTERS} characters are the most. Save it as CSV (UTF-8)`,
        });
      }
      strings.push(string);
    },
  });
  return strings;
}

/** Longer than any cell can be; a cell of several runs must not grow without end either. */
export const LONGEST_TEXT = 1_000_000;

/** The text of a string with or without formatted runs: all `t`, but not those that say how it is pronounced. */
export function createTextReader() {
  let text = '';
  let inText = false;
  let inPhonetic = false;
  return {
    begin(): void {
      text = '';
    },
    open(element: string): void {
      if (element === 't') inText = !inPhonetic;
      else if (element === 'rPh') inPhonetic = true;
    },
    text(piece: string): void {
      if (!inText) return;
      text += piece;
      if (text.length > LONGEST_TEXT)
        throw error('invalid', 'The workbook holds a text that is too long for any cell.');
    },
    close(element: string): void {
      if (element === 't') inText = false;
      else if (element === 'rPh') inPhonetic = false;
    },
    end(): string {
      return unescapeXstring(text);
    },
  };
}
