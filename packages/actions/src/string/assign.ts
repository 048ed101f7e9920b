import { action, attribute } from '@signalbox/taskbot';

/** A third of all nodes in real bots: it does nothing but hand the text on. */
export const assign = action({
  package: 'String',
  name: 'assign',
  summary: 'Gives a text to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text() },
  returns: 'STRING',
  run: (input) => input.sourceString,
});
