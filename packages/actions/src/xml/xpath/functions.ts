import { BotError } from '@signalbox/taskbot';
import type { Element, Node } from '@xmldom/xmldom';
import { excerpt } from '../../support/text.ts';
import { isElement, parentOf } from './axes.ts';
import { asString, isNodes, stringOfNode, toBoolean, toNumber, type XPathValue } from './values.ts';

export interface Focus {
  readonly node: Node;
  readonly position: number;
  readonly size: number;
}

type Call = (inputs: readonly XPathValue[], focus: Focus) => XPathValue;

/** [fewest, most] inputs and what is done with them: the core library of XPath 1.0, without `id`, which needs a DTD. */
const FUNCTIONS: Readonly<Record<string, readonly [number, number, Call]>> = {
  last: [0, 0, (_, focus) => focus.size],
  position: [0, 0, (_, focus) => focus.position],
  count: [1, 1, ([nodes]) => nodesOf(nodes, 'count').length],
  'local-name': [0, 1, ([nodes], focus) => nameOf(subject(nodes, focus, 'local-name'), 'localName')],
  'namespace-uri': [0, 1, ([nodes], focus) => nameOf(subject(nodes, focus, 'namespace-uri'), 'namespaceURI')],
  name: [0, 1, ([nodes], focus) => nameOf(subject(nodes, focus, 'name'), 'nodeName')],
  string: [0, 1, ([value], focus) => textOf(value, focus)],
  concat: [2, 1000, (inputs) => inputs.map(asString).join('')],
  'starts-with': [2, 2, ([text, start]) => given(text).startsWith(given(start))],
  contains: [2, 2, ([text, part]) => given(text).includes(given(part))],
  'substring-before': [2, 2, ([text, mark]) => before(given(text), given(mark))],
  'substring-after': [2, 2, ([text, mark]) => after(given(text), given(mark))],
  substring: [2, 3, ([text, from, count]) => substring(given(text), from ?? 0, count)],
  'string-length': [0, 1, ([value], focus) => [...textOf(value, focus)].length],
  'normalize-space': [0, 1, ([value], focus) => normalized(textOf(value, focus))],
  translate: [3, 3, ([text, from, to]) => translate(given(text), [...given(from)], [...given(to)])],
  boolean: [1, 1, ([value]) => toBoolean(value ?? false)],
  not: [1, 1, ([value]) => !toBoolean(value ?? false)],
  true: [0, 0, () => true],
  false: [0, 0, () => false],
  lang: [1, 1, ([language], { node }) => isInLanguage(node, given(language).toLowerCase())],
  number: [0, 1, ([value], focus) => toNumber(value ?? stringOfNode(focus.node))],
  sum: [1, 1, ([nodes]) => nodesOf(nodes, 'sum').reduce((total, node) => total + toNumber(stringOfNode(node)), 0)],
  floor: [1, 1, ([value]) => Math.floor(toNumber(value ?? 0))],
  ceiling: [1, 1, ([value]) => Math.ceil(toNumber(value ?? 0))],
  round: [1, 1, ([value]) => Math.round(toNumber(value ?? 0))],
};

export const callFunction = (name: string, inputs: readonly XPathValue[], focus: Focus): XPathValue => {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (found === undefined) {
    throw new BotError(`XPath 1.0 has no function "${excerpt(name)}". It has ${Object.keys(FUNCTIONS).join(', ')}.`);
  }
  const [fewest, most, call] = found;
  if (inputs.length < fewest || inputs.length > most) {
    const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    throw new BotError(`The XPath function ${name} takes ${wanted} inputs, but got ${inputs.length}.`);
  }
  return call(inputs, focus);
};

/** The number of inputs was checked, so this is never missing. */
const given = (value: XPathValue | undefined): string => asString(value ?? '');

const textOf = (value: XPathValue | undefined, { node }: Focus): string =>
  value === undefined ? stringOfNode(node) : asString(value);

export const nodesOf = (value: XPathValue | undefined, who: string): readonly Node[] => {
  if (value !== undefined && isNodes(value)) return value;
  throw new BotError(`In an XPath, ${who} wants nodes, but got a ${typeof value}.`);
};

const subject = (nodes: XPathValue | undefined, { node }: Focus, who: string): Node | undefined =>
  nodes === undefined ? node : nodesOf(nodes, who)[0];

const nameOf = (node: Node | undefined, member: 'localName' | 'namespaceURI' | 'nodeName'): string => {
  if (node === undefined) return '';
  // Elements and attributes have names, and processing instructions their target; the rest has none to XPath.
  if (node.nodeType === 7) return member === 'namespaceURI' ? '' : node.nodeName;
  return node.nodeType === 1 || node.nodeType === 2 ? ((node as Element)[member] ?? '') : '';
};

const before = (text: string, mark: string): string => {
  const at = text.indexOf(mark);
  return at < 0 ? '' : text.slice(0, at);
};

const after = (text: string, mark: string): string => {
  const at = text.indexOf(mark);
  return at < 0 ? '' : text.slice(at + mark.length);
};

/** Positions count from 1 and are rounded; a NaN takes nothing. */
const substring = (text: string, from: XPathValue, count: XPathValue | undefined): string => {
  const start = Math.round(toNumber(from));
  const end = count === undefined ? Number.POSITIVE_INFINITY : start + Math.round(toNumber(count));
  return [...text].filter((_, at) => at + 1 >= start && at + 1 < end).join('');
};

const normalized = (text: string): string =>
  text
    .split(/[ \t\r\n]+/)
    .filter((word) => word !== '')
    .join(' ');

const translate = (text: string, from: readonly string[], to: readonly string[]): string => {
  const table = new Map<string, string>();
  from.forEach((letter, at) => {
    if (!table.has(letter)) table.set(letter, to[at] ?? '');
  });
  return Array.from(text, (letter) => table.get(letter) ?? letter).join('');
};

const isInLanguage = (node: Node, wanted: string): boolean => {
  for (let up: Node | null = node; up; up = parentOf(up)) {
    const language = isElement(up) ? up.getAttribute('xml:lang')?.toLowerCase() : undefined;
    if (language) return language === wanted || language.startsWith(`${wanted}-`);
  }
  return false;
};
