import { action, attribute } from '@signalbox/taskbot';
import { documentOf, missing, nodeText } from './document.ts';
import { nodeAt, parsePath } from './path.ts';

export const getNodeValue = action({
  package: 'Json',
  name: 'GetNodeValue',
  summary: 'Takes the value at a path of a JSON document as a text.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { nodePath: attribute.text({ alias: ['key', 'path'] }), session: attribute.session({ required: true }) },
  returns: 'STRING',
  run: (input) => {
    const node = nodeAt(documentOf(input.session).root, parsePath(input.nodePath));
    if (node === undefined) throw missing(input.nodePath);
    return nodeText(node);
  },
});
