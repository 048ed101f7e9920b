import { action, attribute } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { PYTHON } from './python-process.ts';

/** One argument, as the vendor has it; a list or dictionary carries several. What it returns comes back as a copy. */
export const executeFunction = action({
  package: 'Python',
  name: 'python.commands.executeFunction',
  alias: ['executeFunction'],
  summary: 'Calls a function of an open Python script and takes what it returns.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    functionName: attribute.text({ required: true }),
    argument: attribute.any({ alias: ['arguments', 'parameter'] }),
  },
  returns: 'ANY',
  run: (input, host) => sessionOf(PYTHON, input.session, host).call(input.functionName, input.argument, host),
});
