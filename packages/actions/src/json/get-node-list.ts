import { action, attribute } from '@signalbox/taskbot';
import { documentOf, missing, nodeText } from './document.ts';
import { nodeAt, parsePath } from './path.ts';

/** A list's items, or an object's values, each as a text. A single value is a list of one. */
export const getNodeList = action({
  package: 'Json',
  name: 'GetNodeList',
  summary: 'Takes the values below a path of a JSON document as a list of texts.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { nodePath: attribute.text({ alias: ['key', 'path'] }), session: attribute.session({ required: true }) },
  returns: 'LIST',
  run: (input) => {
    const node = nodeAt(documentOf(input.session).root, parsePath(input.nodePath));
    if (node === undefined) throw missing(input.nodePath);
    if (Array.isArray(node)) return node.map(nodeText);
    return node !== null && typeof node === 'object' ? Object.values(node).map(nodeText) : [nodeText(node)];
  },
});
