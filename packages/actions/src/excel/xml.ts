/** An XML element as it stood: names with their prefixes, so that what nobody understands is written back as it came. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  children: (XmlElement | string)[];
}

export const isElement = (child: XmlElement | string): child is XmlElement => typeof child !== 'string';

export const childNamed = (element: XmlElement, name: string): XmlElement | undefined =>
  childrenNamed(element, name)[0];

/** By local name: writers differ in the prefix they give the main namespace. */
export const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter(isElement).filter((child) => localName(child) === name);

export const localName = (element: XmlElement): string => element.name.slice(element.name.indexOf(':') + 1);

export const textOf = (element: XmlElement): string =>
  element.children.map((child) => (isElement(child) ? textOf(child) : child)).join('');

export const element = (
  name: string,
  attributes: Record<string, string> = {},
  children: (XmlElement | string)[] = [],
): XmlElement => ({ name, attributes, children });

export const HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** @param write what stands for an element in place of itself, if anything does */
export const printXml = (node: XmlElement, write?: (element: XmlElement) => string | undefined): string => {
  const own = write?.(node);
  if (own !== undefined) return own;
  const open = `<${node.name}${printAttributes(node.attributes)}`;
  if (node.children.length === 0) return `${open}/>`;
  const inside = node.children.map((child) => (isElement(child) ? printXml(child, write) : escapeText(child)));
  return `${open}>${inside.join('')}</${node.name}>`;
};

export const printAttributes = (attributes: Readonly<Record<string, string>>): string => {
  let printed = '';
  for (const [name, value] of Object.entries(attributes)) printed += ` ${name}="${escapeText(value)}"`;
  return printed;
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** Characters that XML cannot hold at all are left out. */
export const escapeText = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);

/** The text of a cell without its formats, and without the reading aids of Japanese. */
export const richText = (item: XmlElement): string =>
  item.children
    .filter(isElement)
    .map((child) => {
      if (localName(child) === 't') return textOf(child);
      return localName(child) === 'r' ? richText(child) : '';
    })
    .join('')
    .replace(/_x([0-9A-Fa-f]{4})_/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
