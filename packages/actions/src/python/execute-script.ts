import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { PYTHON } from './python-process.ts';

/** That the result is what the script printed is [inferred]. */
export const executeScript = action({
  package: 'Python',
  name: 'python.commands.executeScript',
  alias: ['executeScript'],
  summary: 'Runs an open Python script as a program and takes what it prints.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  returns: 'STRING',
  run: (input, host) => sessionOf(PYTHON, input.session, host).run(host),
});
