import { action, attribute } from '@signalbox/taskbot';
import { closeSession } from '../support/session.ts';

export const endSession = action({
  package: 'XML',
  name: 'endSession',
  summary: 'Closes an XML document without saving it.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { sessionName: attribute.any({ alias: ['session'] }) },
  run: (input, host) => closeSession('XML', input.sessionName, host),
});
