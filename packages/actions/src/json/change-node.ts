import { action, attribute } from '@signalbox/taskbot';
import { documentOf, jsonFromInput, missing } from './document.ts';
import { nodeAt, parsePath, setMember } from './path.ts';

const session = attribute.session({ required: true });
const value = attribute.any({ alias: ['value', 'newValue', 'newNodeValue'] });
const common = { package: 'Json', runsOn: 'anywhere', since: '0.1.0' } as const;

/**
 * Adds under `nodePath`: a member named `nodeName` to an object, an item behind the others to a list. Without a name
 * the last step of the path is the new member. Attribute names beyond `nodePath` and `session` are [inferred].
 */
export const addNodeValue = action({
  ...common,
  name: 'AddNodeValue',
  summary: 'Adds a value to a JSON document.',
  attributes: {
    nodePath: attribute.text({ alias: ['parentPath', 'path'] }),
    nodeName: attribute.text({ alias: ['key', 'newNodeName'] }),
    nodeValue: value,
    session,
  },
  run: (input) => {
    const document = documentOf(input.session);
    const steps = parsePath(input.nodePath);
    const fresh = jsonFromInput(input.nodeValue);
    const parent = nodeAt(document.root, steps);
    if (Array.isArray(parent) && input.nodeName === '') {
      parent.push(fresh);
      return undefined;
    }
    const member = input.nodeName === '' ? steps.pop() : input.nodeName;
    const target = nodeAt(document.root, steps);
    if (member === undefined || target === undefined || !setMember(target, member, fresh))
      throw missing(input.nodePath);
    return undefined;
  },
});

/** Only what is there can be updated; a path of nothing replaces the whole document. */
export const updateNodeValue = action({
  ...common,
  name: 'UpdateNodeValue',
  summary: 'Replaces a value of a JSON document.',
  attributes: { nodePath: attribute.text({ alias: ['key', 'path'] }), nodeValue: value, session },
  run: (input) => {
    const document = documentOf(input.session);
    const steps = parsePath(input.nodePath);
    const fresh = jsonFromInput(input.nodeValue);
    if (nodeAt(document.root, steps) === undefined) throw missing(input.nodePath);
    const last = steps.pop();
    if (last === undefined) {
      document.root = fresh;
      return undefined;
    }
    const parent = nodeAt(document.root, steps);
    if (parent === undefined || !setMember(parent, last, fresh)) throw missing(input.nodePath);
    return undefined;
  },
});
