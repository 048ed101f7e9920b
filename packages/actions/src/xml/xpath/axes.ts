import type { Attr, Element, Node } from '@xmldom/xmldom';
import type { Axis } from './parse.ts';

export const ELEMENT = 1;
export const ATTRIBUTE = 2;
export const DOCUMENT = 9;

/** What is done with a node; true ends the walk. */
export type Visit = (node: Node) => boolean;

export const REVERSE: ReadonlySet<Axis> = new Set<Axis>([
  'ancestor',
  'ancestor-or-self',
  'preceding',
  'preceding-sibling',
]);

/** Visits the nodes of an axis in its own order: away from the node. No recursion: documents may be deep. */
export const walk = (axis: Axis, node: Node, visit: Visit): void => {
  switch (axis) {
    case 'self':
      visit(node);
      return;
    case 'child':
      for (let child = node.firstChild; child; child = child.nextSibling) if (visit(child)) return;
      return;
    case 'attribute':
      attributes(node, visit);
      return;
    case 'parent': {
      const parent = parentOf(node);
      if (parent) visit(parent);
      return;
    }
    case 'ancestor':
    case 'ancestor-or-self':
      for (let up = axis === 'ancestor' ? parentOf(node) : node; up; up = parentOf(up)) if (visit(up)) return;
      return;
    case 'descendant-or-self':
      if (!visit(node)) below(node, visit);
      return;
    case 'descendant':
      below(node, visit);
      return;
    case 'following-sibling':
      if (isAttribute(node)) return;
      for (let next = node.nextSibling; next; next = next.nextSibling) if (visit(next)) return;
      return;
    case 'preceding-sibling':
      if (isAttribute(node)) return;
      for (let before = node.previousSibling; before; before = before.previousSibling) if (visit(before)) return;
      return;
    case 'following':
      following(node, visit);
      return;
    case 'preceding':
      preceding(node, visit);
      return;
  }
};

export const isAttribute = (node: Node): node is Attr => node.nodeType === ATTRIBUTE;
export const isElement = (node: Node): node is Element => node.nodeType === ELEMENT;

export const parentOf = (node: Node): Node | null => (isAttribute(node) ? node.ownerElement : node.parentNode);

/** Declarations of namespaces are no attributes to XPath. */
const attributes = (node: Node, visit: Visit): void => {
  if (!isElement(node)) return;
  for (let at = 0; at < node.attributes.length; at++) {
    const attribute = node.attributes.item(at);
    if (attribute && !isDeclaration(attribute) && visit(attribute)) return;
  }
};

export const isDeclaration = ({ name }: Attr): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** In document order; true when it was ended. */
const below = (root: Node, visit: Visit): boolean => {
  let node = root.firstChild;
  while (node) {
    if (visit(node)) return true;
    let next: Node | null = node.firstChild;
    for (let up: Node | null = node; !next && up && up !== root; up = up.parentNode) next = up.nextSibling;
    // Climbing ends at the root; its own next sibling is not below it.
    node = next;
  }
  return false;
};

const following = (node: Node, visit: Visit): void => {
  if (isAttribute(node) && node.ownerElement && below(node.ownerElement, visit)) return;
  for (let up: Node | null = isAttribute(node) ? node.ownerElement : node; up; up = up.parentNode) {
    for (let next = up.nextSibling; next; next = next.nextSibling) {
      if (visit(next) || below(next, visit)) return;
    }
  }
};

const preceding = (node: Node, visit: Visit): void => {
  for (let up: Node | null = isAttribute(node) ? node.ownerElement : node; up; up = up.parentNode) {
    for (let before = up.previousSibling; before; before = before.previousSibling) {
      const tree: Node[] = [before];
      below(before, (each) => tree.push(each) < 0);
      for (const each of tree.reverse()) if (visit(each)) return;
    }
  }
};
