import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { JAVA_SCRIPT, PATIENCE_SECONDS } from './script.ts';

/** One argument, as the vendor has it; a list or dictionary carries several. Objects come back as dictionaries. */
export const executeFunction = action({
  package: 'JavaScript',
  name: 'javascript.commands.executeFunction',
  alias: ['executeFunction'],
  summary: 'Calls a function of an open script and takes what it gives back.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    functionName: attribute.text({ required: true }),
    argument: attribute.any({ alias: ['arguments', 'parameter'] }),
    timeoutInSeconds: attribute.number({ fallback: PATIENCE_SECONDS, note: 'Our own addition.' }),
  },
  returns: 'ANY',
  run: (input, host) =>
    sessionOf(JAVA_SCRIPT, input.session, host).call(input.functionName, input.argument, input.timeoutInSeconds, host),
});
