import { action, attribute, BotError } from '@signalbox/taskbot';
import type { Node } from '@xmldom/xmldom';
import { sessionOf } from '../support/session.ts';
import { excerpt } from '../support/text.ts';
import { XML } from './document.ts';
import { isAttribute, isElement, parentOf } from './xpath/axes.ts';
import { isNodes, stringOfNode } from './xpath/values.ts';

/**
 * Finds nodes for the loop over them, and gives them as a list as well. `typeToReturn` says text, XPath or attribute; its
 * exact words are [inferred]. To find none is no fault: the loop then has no turn.
 */
export const getMultipleNode = action({
  package: 'XML',
  name: 'getMultipleNode',
  alias: ['getMultipleNodeV2', 'getMultipleNodes', 'getMultipleNodesV2'],
  summary: 'Finds the nodes of an XPath: their texts, their XPaths or one of their attributes.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true, alias: ['xpathExpression'] }),
    typeToReturn: attribute.text({ fallback: 'text', note: 'text, xpath or attribute.' }),
    attributeName: attribute.text({ alias: ['specificAttributeName'] }),
  },
  returns: 'LIST',
  run: (input, host) => {
    const xml = sessionOf(XML, input.sessionName, host);
    const value = xml.evaluate(input.xPath);
    if (!isNodes(value)) {
      throw new BotError(`The XPath "${excerpt(input.xPath)}" gives a ${typeof value}, and nodes were expected.`);
    }
    const kind = input.typeToReturn.toLowerCase();
    const name = input.attributeName.trim().replace(/^@/, '');
    const texts = value.map((node) => {
      if (kind.includes('attr')) return isElement(node) ? (node.getAttribute(name) ?? '') : stringOfNode(node);
      return kind.includes('path') ? pathOf(node) : stringOfNode(node);
    });
    xml.found = texts;
    return [...texts];
  },
});

/** The way to a node by positions, which finds it again: /orders[1]/order[3]/@id. */
const pathOf = (node: Node): string => {
  const steps: string[] = [];
  for (let at: Node | null = node; at && at.nodeType !== 9; at = parentOf(at)) {
    if (isAttribute(at)) steps.unshift(`@${at.name}`);
    else if (isElement(at)) steps.unshift(`${at.nodeName}[${placeOf(at)}]`);
    else steps.unshift(at.nodeType === 8 ? `comment()[${placeOf(at)}]` : `text()[${placeOf(at)}]`);
  }
  return `/${steps.join('/')}`;
};

const placeOf = (node: Node): number => {
  const kind = ({ nodeType, nodeName }: Node) => (nodeType === 4 ? '#text' : nodeName);
  let place = 1;
  for (let before = node.previousSibling; before; before = before.previousSibling) {
    if (kind(before) === kind(node)) place += 1;
  }
  return place;
};
