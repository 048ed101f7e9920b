import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';
import { asString } from './xpath/values.ts';

/** The result as XPath makes a text of it: of nodes the first one's, empty when there is none. */
export const executeXPath = action({
  package: 'XML',
  name: 'executeXPath',
  summary: 'Works out an XPath function such as count(//order).',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    xPath: attribute.text({ required: true, alias: ['xpathExpression'] }),
  },
  returns: 'STRING',
  run: (input, host) => asString(sessionOf(XML, input.sessionName, host).evaluate(input.xPath)),
});
