import { BotError } from '@signalbox/taskbot';
import type { Node } from '@xmldom/xmldom';
import { ATTRIBUTE, ELEMENT, isAttribute, isElement, REVERSE, walk } from './axes.ts';
import { callFunction, type Focus, nodesOf } from './functions.ts';
import type { Axis, Expression, NodeTest, Path, Step } from './parse.ts';
import { compare, toBoolean, toNumber, type XPathValue } from './values.ts';

/** What the evaluation must know of the document around. */
export interface Surroundings {
  /** The namespaces that a prefix stands for somewhere in the document; undefined when it is declared nowhere. */
  readonly namespaces: (prefix: string) => ReadonlySet<string> | undefined;
  /** The place of each node in document order. Asked for only when nodes of several origins must be brought into order. */
  readonly order: () => ReadonlyMap<Node, number>;
}

/** Enough for a hundred passes through a large document, and ends what would block the run for minutes. */
const MOST_VISITS = 20_000_000;

/**
 * Evaluates XPath 1.0. A name without prefix means elements without prefix, whatever the default namespace: that is how
 * bots write it [inferred].
 */
export const evaluateXPath = (expression: Expression, root: Node, surroundings: Surroundings): XPathValue =>
  new Evaluation(root, surroundings).value(expression, { node: root, position: 1, size: 1 });

class Evaluation {
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  #visits = 0;

  constructor(root: Node, surroundings: Surroundings) {
    this.#root = root;
    this.#surroundings = surroundings;
  }

  value(expression: Expression, focus: Focus): XPathValue {
    switch (expression.kind) {
      case 'number':
      case 'text':
        return expression.value;
      case 'negate':
        return -toNumber(this.value(expression.of, focus));
      case 'call':
        return callFunction(
          expression.name,
          expression.inputs.map((input) => this.value(input, focus)),
          focus,
        );
      case 'path':
        return this.#path(expression, focus);
      case 'binary':
        return this.#binary(expression.operator, expression.left, expression.right, focus);
    }
  }

  #binary(operator: string, left: Expression, right: Expression, focus: Focus): XPathValue {
    if (operator === 'or') return toBoolean(this.value(left, focus)) || toBoolean(this.value(right, focus));
    if (operator === 'and') return toBoolean(this.value(left, focus)) && toBoolean(this.value(right, focus));
    const one = this.value(left, focus);
    const other = this.value(right, focus);
    switch (operator) {
      case '|':
        return this.#ordered(new Set([...nodesOf(one, 'a union'), ...nodesOf(other, 'a union')]));
      case '+':
        return toNumber(one) + toNumber(other);
      case '-':
        return toNumber(one) - toNumber(other);
      case '*':
        return toNumber(one) * toNumber(other);
      case 'div':
        return toNumber(one) / toNumber(other);
      case 'mod':
        return toNumber(one) % toNumber(other);
      default:
        return compare(operator, one, other);
    }
  }

  #path({ start, filters, steps }: Path, focus: Focus): XPathValue {
    let nodes: readonly Node[];
    if (start === 'root') nodes = [this.#root];
    else if (start === 'context') nodes = [focus.node];
    else {
      const value = this.value(start, focus);
      if (filters.length === 0 && steps.length === 0) return value;
      nodes = filters.reduce((kept, filter) => this.#kept(kept, filter), nodesOf(value, 'a step'));
    }
    // While no node lies inside another, the children of all follow each other in document order.
    let flat = nodes.length <= 1;
    for (const step of steps) {
      nodes = this.#step(step, nodes, flat);
      flat = (flat && KEEPS_FLAT.has(step.axis)) || nodes.length <= 1;
    }
    return nodes;
  }

  #step(step: Step, nodes: readonly Node[], flat: boolean): readonly Node[] {
    const [only] = nodes;
    if (nodes.length <= 1) return only === undefined ? [] : this.#from(step, only);
    const found = nodes.flatMap((node) => this.#from(step, node));
    return flat && KEEPS_FLAT.has(step.axis) ? found : this.#ordered(new Set(found));
  }

  /** The nodes one step leads to from one node, in document order. */
  #from(step: Step, node: Node): readonly Node[] {
    const [first, ...others] = step.predicates;
    const place = first?.kind === 'number' ? first.value : undefined;
    const fits = this.#fits(step.axis, step.test);
    let found: Node[] = [];
    let count = 0;
    walk(step.axis, node, (each) => {
      this.#visit();
      if (!fits(each)) return false;
      count += 1;
      if (place === undefined) found.push(each);
      else if (count === place) found = [each];
      return count === place;
    });
    const left = (place === undefined ? step.predicates : others).reduce<readonly Node[]>(
      (kept, predicate) => this.#kept(kept, predicate),
      found,
    );
    return REVERSE.has(step.axis) ? left.toReversed() : left;
  }

  #kept(nodes: readonly Node[], predicate: Expression): readonly Node[] {
    return nodes.filter((node, at) => {
      this.#visit();
      const value = this.value(predicate, { node, position: at + 1, size: nodes.length });
      return typeof value === 'number' ? value === at + 1 : toBoolean(value);
    });
  }

  #fits(axis: Axis, test: NodeTest): (node: Node) => boolean {
    if (test.kind !== 'name') return (node) => isOfKind(node, test);
    const principal = axis === 'attribute' ? ATTRIBUTE : ELEMENT;
    const { prefix, local } = test;
    if (prefix === undefined) {
      if (local === '*') return (node) => node.nodeType === principal;
      // Without a prefix the whole name is the local one, which spares the look at the prefix.
      return (node) => node.nodeType === principal && node.nodeName === local;
    }
    const uris = this.#surroundings.namespaces(prefix);
    if (uris === undefined) {
      throw new BotError(
        `The XPath has the prefix "${prefix}", which the document declares nowhere. Check its spelling.`,
      );
    }
    return (node) => {
      if (!(principal === ELEMENT ? isElement(node) : isAttribute(node))) return false;
      return uris.has(node.namespaceURI ?? '') && (local === '*' || node.localName === local);
    };
  }

  #ordered(nodes: ReadonlySet<Node>): readonly Node[] {
    if (nodes.size <= 1) return [...nodes];
    const order = this.#surroundings.order();
    return [...nodes].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  }

  #visit(): void {
    this.#visits += 1;
    if (this.#visits > MOST_VISITS) {
      throw new BotError(
        `The XPath looks at more than ${MOST_VISITS} nodes. Name the way to the nodes instead of searching everywhere with //.`,
      );
    }
  }
}

const KEEPS_FLAT: ReadonlySet<Axis> = new Set<Axis>(['child', 'attribute', 'self']);

const isOfKind = ({ nodeType, nodeName }: Node, test: NodeTest): boolean => {
  switch (test.kind) {
    case 'text':
      return nodeType === 3 || nodeType === 4;
    case 'comment':
      return nodeType === 8;
    case 'processing-instruction':
      // The DOM takes the declaration <?xml …?> for one.
      return nodeType === 7 && nodeName !== 'xml' && (!('target' in test) || nodeName === test.target);
    default:
      return nodeType !== 10 && !(nodeType === 7 && nodeName === 'xml');
  }
};

/** Numbers all nodes, attributes behind their elements. */
export const orderOf = (root: Node): ReadonlyMap<Node, number> => {
  const order = new Map<Node, number>([[root, 0]]);
  const number = (node: Node): boolean => {
    order.set(node, order.size);
    walk('attribute', node, (attribute) => {
      order.set(attribute, order.size);
      return false;
    });
    return false;
  };
  walk('descendant', root, number);
  return order;
};
