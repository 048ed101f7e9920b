import { attribute, iterator } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';

/** What "Get multiple nodes" found last, as it was then: changing the document in the loop does not change the turns. */
export const xmlIterator = iterator({
  package: 'XML',
  name: 'iterators.xml',
  alias: ['loop.iterators.xml'],
  summary: 'Each node that "Get multiple nodes" found.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  yields: 'STRING',
  iterate: (input, host) => sessionOf(XML, input.session, host).found,
});
