import { BotError } from '@signalbox/taskbot';
import { SaxesParser } from 'saxes';
import { isElement, type XmlElement } from './xml.ts';

const MAX_DEPTH = 100;

/**
 * Apart from the rest, so that the parser is loaded with the first workbook.
 * @param take called with each element once it is complete; what it takes (true) is not kept in the tree. That is how
 * the cells of a large sheet get by without one.
 */
export const parseXml = (
  text: string,
  part: string,
  take: (element: XmlElement, parent: XmlElement) => boolean = () => false,
): XmlElement => {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  const root: XmlElement = { name: '', attributes: {}, children: [] };
  const open: XmlElement[] = [root];
  const bad = (why: string) => new BotError(`The workbook is damaged: ${part} ${why}.`);
  const top = () => open.at(-1) as XmlElement; // the root is never closed
  parser.on('error', (error) => {
    throw bad(`is not XML (${error.message})`);
  });
  // Entities are declared in document types; workbooks have none, attacks do.
  parser.on('doctype', () => {
    throw bad('has a document type');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > MAX_DEPTH) throw bad('is nested too deeply');
    open.push({ name, attributes: { ...attributes }, children: [] });
  });
  parser.on('text', (content) => {
    if (open.length > 1) top().children.push(content);
  });
  parser.on('cdata', (content) => {
    top().children.push(content);
  });
  parser.on('closetag', () => {
    const element = open.pop() as XmlElement;
    if (!take(element, top())) top().children.push(element);
  });
  parser.write(text).close();
  const document = root.children.find(isElement);
  if (document === undefined) throw bad('is empty');
  return document;
};
