import { BotError } from '@signalbox/taskbot';
import { XmlDocument } from './document.ts';

/** In memory a document takes some twenty times its text. */
export const MOST_CHARACTERS = 20_000_000;

/**
 * Reads XML. Nothing outside of the text is ever fetched, and entities that the document declares itself are not
 * expanded: one that uses such an entity is refused, so neither a file's content nor a billion laughs come of it.
 */
export const readXml = async (text: string): Promise<XmlDocument> => {
  if (text.length > MOST_CHARACTERS) {
    throw new BotError(
      `Expected an XML document of at most ${MOST_CHARACTERS} characters, but got ${text.length}. Split it first.`,
    );
  }
  if (text.trim() === '') {
    throw new BotError('Expected an XML document, but it is empty. Check the variable or file it comes from.');
  }
  const { DOMParser, onErrorStopParsing, ParseError, XMLSerializer } = await import('@xmldom/xmldom');
  try {
    const parser = new DOMParser({ onError: onErrorStopParsing });
    const document = parser.parseFromString(text.replace(/^\ufeff/, '').trimStart(), 'text/xml');
    const serializer = new XMLSerializer();
    return new XmlDocument(document, (node) => serializer.serializeToString(node));
  } catch (cause) {
    throw notWellFormed(cause instanceof ParseError ? cause : undefined);
  }
};

/** The parser's message quotes the document, which may be confidential: only the kind of fault and its place are told. */
const notWellFormed = (fault: { readonly message: string; readonly locator?: unknown } | undefined): BotError => {
  const message = fault?.message ?? '';
  const why = message.includes('entity not found')
    ? 'it uses an entity that XML does not define, and those of a DTD are not expanded'
    : /mismatch|unclosed/.test(message)
      ? 'a tag is not closed, or closed in the wrong order'
      : message.includes('missing root')
        ? 'it has no element at all'
        : 'tags, quotes and & must be written as XML wants them';
  return new BotError(`The text is not well-formed XML${placeOf(fault?.locator)}: ${why}.`);
};

const placeOf = (locator: unknown): string => {
  if (typeof locator !== 'object' || locator === null) return '';
  const { lineNumber, columnNumber } = locator as { lineNumber?: unknown; columnNumber?: unknown };
  return typeof lineNumber === 'number' ? ` at line ${lineNumber}, column ${columnNumber}` : '';
};
