import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';
import { isElement } from './xpath/axes.ts';
import { asString, isNodes, stringOfNode } from './xpath/values.ts';

/**
 * The text of the first node, or one of its attributes. That nothing there is a fault, and an attribute that is not
 * there an empty text, is [inferred]. The V2 form has the same attributes in all documents.
 */
export const getSingleNode = action({
  package: 'XML',
  name: 'getSingleNode',
  alias: ['getSingleNodeV2'],
  summary: 'Takes the text or an attribute of the first node that an XPath finds.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true, alias: ['xpathExpression'] }),
    attributeName: attribute.text(),
  },
  returns: 'STRING',
  run: (input, host) => {
    const xml = sessionOf(XML, input.sessionName, host);
    const value = xml.evaluate(input.xPath);
    // count(//order) and the like are no nodes, but what they say is plain.
    if (!isNodes(value)) return asString(value);
    const [node] = value.length > 0 ? value : xml.nodes(input.xPath);
    if (node === undefined) return '';
    const name = input.attributeName.trim().replace(/^@/, '');
    if (name === '') return stringOfNode(node);
    return isElement(node) ? (node.getAttribute(name) ?? '') : '';
  },
});
