import { EOL } from 'node:os';
import { action, attribute } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';
import { logAttributes, writeLog } from './log-to-file.ts';

/** One line a variable, all in one append. A credential is written as asterisks. */
export const logVariablesToFile = action({
  package: 'LogToFile',
  name: 'logVariablesToFile',
  summary: 'Writes the names and values of variables to a log file.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { ...logAttributes, variables: attribute.variables({ alias: ['variableMap', 'sourceMap'] }) },
  run: (input, host) => {
    const lines = Array.from(input.variables, ([name, value]) => `${name} = ${asText(value)}`);
    return writeLog(input, lines.join(EOL), host);
  },
});
