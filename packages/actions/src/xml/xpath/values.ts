import type { Node } from '@xmldom/xmldom';
import { numberText } from '../../support/text.ts';
import { DOCUMENT } from './axes.ts';

/** What an expression gives; nodes stand in document order, each once. */
export type XPathValue = readonly Node[] | string | number | boolean;

export const stringOfNode = (node: Node): string => {
  // To the DOM a document has no text; to XPath it is that of its root.
  const { textContent } = node.nodeType === DOCUMENT ? (rootOf(node) ?? node) : node;
  return textContent ?? node.nodeValue ?? '';
};

const rootOf = (document: Node): Node | undefined => {
  for (let child = document.firstChild; child; child = child.nextSibling) if (child.nodeType === 1) return child;
  return undefined;
};

export const asString = (value: XPathValue): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value === 0 ? 0 : value) : String(value);
  const [first] = value;
  return first === undefined ? '' : stringOfNode(first);
};

export const toNumber = (value: XPathValue): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = asString(value);
  return /^[ \t\r\n]*-?(?:\d+(?:\.\d*)?|\.\d+)[ \t\r\n]*$/.test(text) ? Number(text) : Number.NaN;
};

export const toBoolean = (value: XPathValue): boolean => {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  return value.length > 0;
};

export const isNodes = (value: XPathValue): value is readonly Node[] => typeof value === 'object';

/** XPath 1.0, 3.4: nodes compare by whether any of them does. */
export const compare = (operator: string, left: XPathValue, right: XPathValue): boolean => {
  if (isNodes(left)) return isNodes(right) ? compareNodes(operator, left, right) : compareWith(operator, left, right);
  if (!isNodes(right)) return comparePlain(operator, left, right);
  if (typeof left === 'boolean') return comparePlain(operator, left, toBoolean(right));
  return right.some((node) => comparePlain(operator, left, stringOfNode(node)));
};

const compareWith = (operator: string, nodes: readonly Node[], plain: Plain): boolean =>
  typeof plain === 'boolean'
    ? comparePlain(operator, toBoolean(nodes), plain)
    : nodes.some((node) => comparePlain(operator, stringOfNode(node), plain));

const compareNodes = (operator: string, left: readonly Node[], right: readonly Node[]): boolean => {
  if (operator === '=') {
    const texts = new Set(left.map(stringOfNode));
    return right.some((node) => texts.has(stringOfNode(node)));
  }
  const others = right.map(stringOfNode);
  return left.some((node) => {
    const text = stringOfNode(node);
    return others.some((other) => comparePlain(operator, text, other));
  });
};

type Plain = string | number | boolean;

const comparePlain = (operator: string, left: Plain, right: Plain): boolean => {
  switch (operator) {
    case '=':
      return isEqual(left, right);
    case '!=':
      return typeof left === typeof right ? left !== right : !isEqual(left, right);
    case '<':
      return toNumber(left) < toNumber(right);
    case '<=':
      return toNumber(left) <= toNumber(right);
    case '>':
      return toNumber(left) > toNumber(right);
    default:
      return toNumber(left) >= toNumber(right);
  }
};

const isEqual = (left: Plain, right: Plain): boolean => {
  if (typeof left === 'boolean' || typeof right === 'boolean') return toBoolean(left) === toBoolean(right);
  if (typeof left === 'number' || typeof right === 'number') return toNumber(left) === toNumber(right);
  return left === right;
};
