import { action, attribute, BotError } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';
import { isAttribute, isElement } from './xpath/axes.ts';

/** Deletes every node that the XPath finds; with an attribute name only that attribute of them [inferred]. */
export const deleteNode = action({
  package: 'XML',
  name: 'deleteNode',
  summary: 'Deletes nodes, or an attribute of them.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true }),
    attributeName: attribute.text(),
  },
  run: (input, host) => {
    const xml = sessionOf(XML, input.sessionName, host);
    const name = input.attributeName.trim().replace(/^@/, '');
    for (const node of xml.nodes(input.xPath)) {
      if (name !== '') {
        if (isElement(node)) node.removeAttribute(name);
      } else if (isAttribute(node)) node.ownerElement?.removeAttributeNode(node);
      else if (node === xml.document.documentElement || node === xml.document) {
        throw new BotError('The root of a document cannot be deleted. Name a node below it.');
      } else node.parentNode?.removeChild(node);
    }
    xml.changed();
    return undefined;
  },
});
