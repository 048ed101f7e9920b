import { SaxesParser } from 'saxes';
import { error } from '../../kernel/errors.ts';

/** Called for the elements of a part, by their names without prefix. */
export interface XmlReader {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** So much may come without a tag: a cell holds 32,767 characters at most, and nothing else is as long. */
const LONGEST_STRETCH = 4_000_000;
const DEEPEST = 100;

/**
 * Reads XML piece by piece, and gives way after each. Document types, and with them entities of one's own, are refused: a
 * workbook has none, an attack may.
 */
export async function* readXml(pieces: AsyncIterable<string>, reader: XmlReader): AsyncGenerator<void> {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  let stretch = 0;
  let depth = 0;
  parser.on('doctype', refuseDoctype);
  parser.on('opentag', ({ name, attributes }) => {
    stretch = 0;
    if (++depth > DEEPEST) throw error('invalid', `The workbook's XML is nested more than ${DEEPEST} deep.`);
    reader.open?.(localName(name), attributes);
  });
  parser.on('text', (text) => reader.text?.(text));
  parser.on('cdata', (text) => reader.text?.(text));
  parser.on('closetag', ({ name }) => {
    stretch = 0;
    depth--;
    reader.close?.(localName(name));
  });
  parser.on('error', (cause) => {
    throw error('invalid', `The workbook's XML is not well formed: ${cause.message}.`);
  });
  for await (const piece of pieces) {
    stretch += piece.length;
    parser.write(piece);
    if (stretch > LONGEST_STRETCH) throw error('invalid', 'The workbook holds a text that is too long for any cell.');
    yield;
  }
  parser.close();
}

/** Reads a whole part; for those that are small, or whose reader keeps what it needs. */
export async function readAllXml(pieces: AsyncIterable<string>, reader: XmlReader): Promise<void> {
  for await (const _ of readXml(pieces, reader));
}

function refuseDoctype(): never {
  throw error('invalid', 'The workbook holds a document type declaration, which no workbook needs.');
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** `_x000D_` stands for a character that XML cannot hold (ECMA-376 part 1, §22.9.2.19). */
export function unescapeXstring(text: string): string {
  return text.includes('_x')
    ? text.replace(/_x([0-9a-fA-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;
}
