import { action, attribute } from '@signalbox/taskbot';
import { closeSession } from '../support/session.ts';

export const closeScript = action({
  package: 'Python',
  name: 'python.commands.closeScript',
  alias: ['closeScript'],
  summary: 'Ends the Python of a script.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  run: (input, host) => closeSession('Python', input.session, host),
});
