import { accessSync } from 'node:fs';
import { action, attribute, BotSession } from '@signalbox/taskbot';
import { delimiterOf } from '../support/delimited.ts';
import { devicePath } from '../support/device-path.ts';
import { ENCODINGS } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { CsvFile, sessionName } from './csv-file.ts';

/** `delimeter` is misspelt by the vendor, and so in every document. */
export const openCsvTxt = action({
  package: 'CsvTxt',
  name: 'OpenCSVTXT',
  summary: 'Opens a delimited text file for reading.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    session: attribute.any({ note: 'The name by which the other CsvTxt actions know the file.' }),
    filePath: attribute.file({ required: true }),
    delimeter: attribute.text({ fallback: 'comma', alias: ['delimiter'] }),
    customDelimiter: attribute.text({ alias: ['customDelimeter', 'otherDelimeter', 'regularExpression'] }),
    containsHeader: attribute.flag(),
    encoding: attribute.choice(ENCODINGS, { fallback: 'FILE-ENCODING' }),
    trimLeadingSpace: attribute.flag(),
    trimTrailingSpace: attribute.flag(),
  },
  returns: 'SESSION',
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    // The rows are read later, but that the file is missing should show on this line.
    fileWork('read', path, () => accessSync(path));
    const file = new CsvFile({
      path,
      delimiter: delimiterOf(input.delimeter, input.customDelimiter),
      containsHeader: input.containsHeader,
      encoding: input.encoding,
      trim: { leading: input.trimLeadingSpace, trailing: input.trimTrailingSpace },
    });
    const session = new BotSession('CsvTxt', file);
    // Newer documents name no session here and keep the returned one themselves.
    if (input.session !== null && input.session !== '') {
      host.sessions.open('CsvTxt', sessionName(input.session), session);
    }
    return session;
  },
});
