import { action, attribute, type BotDictionary, BotError } from '@signalbox/taskbot';
import type { Document, Element } from '@xmldom/xmldom';
import { sessionOf } from '../support/session.ts';
import { asText, excerpt } from '../support/text.ts';
import { requireName, requireText } from './content.ts';
import { XML } from './document.ts';
import { isElement } from './xpath/axes.ts';

const XMLNS = 'http://www.w3.org/2000/xmlns/';

/**
 * Into the first element that the XPath finds. `insertType` says what happens when it has a child of that name already:
 * insert beside it, skip, or overwrite it. Names of attributes and their words are those of real documents.
 */
export const insertNode = action({
  package: 'XML',
  name: 'insertNode',
  summary: 'Puts a new element into an XML document.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true }),
    nodeName: attribute.text({ required: true }),
    nodeValue: attribute.text(),
    insertType: attribute.choice(['insert', 'skip', 'overwrite']),
    position: attribute.choice(['last', 'first', 'before', 'after']),
    beforeRefChildName: attribute.text(),
    afterRefChildName: attribute.text(),
    defaultNamespace: attribute.text(),
    namespaces: attribute.dictionary({ note: 'Prefix to namespace.' }),
    attributes: attribute.dictionary({ note: 'Name to value.' }),
  },
  run: (input, host) => {
    const xml = sessionOf(XML, input.sessionName, host);
    const [parent] = xml.nodes(input.xPath);
    if (!isElement(parent)) {
      throw new BotError(`Expected the XPath of an element to insert into, but "${excerpt(input.xPath)}" finds none.`);
    }
    const name = requireName(input.nodeName);
    const there = childNamed(parent, name);
    if (there && input.insertType === 'skip') return undefined;
    const fresh = elementOf(xml.document, parent, { ...input, nodeName: name });
    if (there && input.insertType === 'overwrite') parent.replaceChild(fresh, there);
    else if (input.position === 'last') parent.appendChild(fresh);
    else if (input.position === 'first') parent.insertBefore(fresh, parent.firstChild);
    else if (input.position === 'before') parent.insertBefore(fresh, reference(parent, input.beforeRefChildName));
    else parent.insertBefore(fresh, reference(parent, input.afterRefChildName).nextSibling);
    xml.changed();
    return undefined;
  },
});

interface Fresh {
  readonly nodeName: string;
  readonly nodeValue: string;
  readonly defaultNamespace: string;
  readonly namespaces: BotDictionary;
  readonly attributes: BotDictionary;
}

const elementOf = (document: Document, parent: Element, input: Fresh): Element => {
  const declared = new Map(
    Array.from(input.namespaces, ([prefix, uri]) => [prefix.trim().replace(/^xmlns:?/, ''), asText(uri)] as const),
  );
  const namespaceOf = (name: string): string | null => {
    const prefix = name.includes(':') ? name.slice(0, name.indexOf(':')) : '';
    // Without a namespace of its own a new element is in that of its parent, as it would be had it been typed there.
    if (prefix === '') return declared.get('') || input.defaultNamespace.trim() || parent.lookupNamespaceURI('');
    const uri = declared.get(prefix) ?? parent.lookupNamespaceURI(prefix);
    if (uri) return uri;
    throw new BotError(`The prefix "${excerpt(prefix)}" stands for no namespace here. Add it to the namespaces.`);
  };
  const element = document.createElementNS(namespaceOf(input.nodeName), input.nodeName);
  for (const [prefix, uri] of declared) {
    element.setAttributeNS(XMLNS, prefix === '' ? 'xmlns' : `xmlns:${requireName(prefix)}`, requireText(uri));
  }
  for (const [key, value] of input.attributes) {
    const name = requireName(key);
    const text = requireText(asText(value));
    if (name.includes(':')) element.setAttributeNS(namespaceOf(name), name, text);
    else element.setAttribute(name, text);
  }
  if (input.nodeValue !== '') element.appendChild(document.createTextNode(requireText(input.nodeValue)));
  return element;
};

const childNamed = (parent: Element, name: string): Element | undefined => {
  for (let child = parent.firstChild; child; child = child.nextSibling) {
    if (isElement(child) && child.nodeName === name) return child;
  }
  return undefined;
};

const reference = (parent: Element, name: string): Element => {
  const child = childNamed(parent, name.trim());
  if (child) return child;
  throw new BotError(`There is no child "${excerpt(name)}" to insert beside. Check the name, or insert first or last.`);
};
