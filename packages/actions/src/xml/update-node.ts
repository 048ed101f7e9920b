import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { asText } from '../support/text.ts';
import { requireName, requireText } from './content.ts';
import { XML } from './document.ts';
import { isAttribute, isElement } from './xpath/axes.ts';

/**
 * Gives every node that the XPath finds a new text. When attributes are updated and no value is given, the text stays
 * [inferred]: to change an attribute must not empty an element.
 */
export const updateNode = action({
  package: 'XML',
  name: 'updateNode',
  summary: 'Changes the text or the attributes of nodes.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true }),
    value: attribute.text({ alias: ['nodeValue', 'newValue'] }),
    updateAttribute: attribute.flag(),
    attributes: attribute.dictionary({ note: 'Name to value.' }),
  },
  run: (input, host) => {
    const xml = sessionOf(XML, input.sessionName, host);
    const text = requireText(input.value);
    const attributes = input.updateAttribute
      ? Array.from(input.attributes, ([name, value]) => [requireName(name), requireText(asText(value))] as const)
      : [];
    for (const node of xml.nodes(input.xPath)) {
      if (isAttribute(node)) node.value = text;
      else if (!input.updateAttribute || text !== '') {
        if (isElement(node)) node.textContent = text;
        else node.nodeValue = text;
      }
      if (isElement(node)) for (const [name, value] of attributes) node.setAttribute(name, value);
    }
    xml.changed();
    return undefined;
  },
});
