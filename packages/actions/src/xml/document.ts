import { BotError } from '@signalbox/taskbot';
import type { Document, Node } from '@xmldom/xmldom';
import type { SessionKind } from '../support/session.ts';
import { excerpt } from '../support/text.ts';
import { isDeclaration, isElement, walk } from './xpath/axes.ts';
import { evaluateXPath, orderOf } from './xpath/evaluate.ts';
import { type Expression, parseXPath } from './xpath/parse.ts';
import { isNodes, type XPathValue } from './xpath/values.ts';

const MOST_EXPRESSIONS = 200;

/** What an XML session holds: the document, read once, and what is worked out about it until it changes. */
export class XmlDocument {
  readonly document: Document;
  readonly #print: (node: Node) => string;
  readonly #expressions = new Map<string, Expression>();
  #order: ReadonlyMap<Node, number> | undefined;
  #namespaces: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** What the last "Get multiple nodes" found; the iterator goes through it. */
  found: readonly string[] = [];

  constructor(document: Document, print: (node: Node) => string) {
    this.document = document;
    this.#print = print;
  }

  /** To be called after every change of the document. */
  changed(): void {
    this.#order = undefined;
    this.#namespaces = undefined;
  }

  evaluate(xPath: string): XPathValue {
    return evaluateXPath(this.#parsed(xPath), this.document, {
      namespaces: (prefix) => {
        this.#namespaces ??= namespacesOf(this.document);
        return this.#namespaces.get(prefix);
      },
      order: () => {
        this.#order ??= orderOf(this.document);
        return this.#order;
      },
    });
  }

  /** @throws BotError when the XPath gives no node */
  nodes(xPath: string): readonly [Node, ...Node[]] {
    const value = this.evaluate(xPath);
    if (!isNodes(value)) {
      throw new BotError(
        `The XPath "${excerpt(xPath)}" gives a ${typeof value}. Use "XML: Execute XPath function" for it.`,
      );
    }
    const [first, ...others] = value;
    if (first === undefined) {
      throw new BotError(
        `The XPath "${excerpt(xPath)}" finds nothing in the document. Check the names and positions in it.`,
      );
    }
    return [first, ...others];
  }

  text(): string {
    return this.#print(this.document);
  }

  /** A loop asks the same expression over and over; one with a counter in it is another each time. */
  #parsed(xPath: string): Expression {
    const known = this.#expressions.get(xPath);
    if (known !== undefined) return known;
    const parsed = parseXPath(xPath);
    if (this.#expressions.size >= MOST_EXPRESSIONS) this.#expressions.clear();
    this.#expressions.set(xPath, parsed);
    return parsed;
  }
}

export const XML: SessionKind<XmlDocument> = { package: 'XML', content: XmlDocument, opener: 'XML: Start session' };

const namespacesOf = (document: Document): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = new Map<string, Set<string>>([['xml', new Set(['http://www.w3.org/XML/1998/namespace'])]]);
  walk('descendant', document, (node) => {
    if (!isElement(node)) return false;
    for (let at = 0; at < node.attributes.length; at++) {
      const attribute = node.attributes.item(at);
      if (!attribute || !isDeclaration(attribute) || attribute.name === 'xmlns') continue;
      const prefix = attribute.name.slice('xmlns:'.length);
      const uris = all.get(prefix) ?? new Set();
      all.set(prefix, uris.add(attribute.value));
    }
    return false;
  });
  return all;
};
