import { action, attribute } from '@signalbox/taskbot';
import { closeSession } from '../support/session.ts';

export const closeScript = action({
  package: 'JavaScript',
  name: 'javascript.commands.closeScript',
  alias: ['closeScript'],
  summary: 'Closes a script.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  run: (input, host) => closeSession('JavaScript', input.session, host),
});
