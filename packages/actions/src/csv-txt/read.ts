import { action, attribute } from '@signalbox/taskbot';
import { csvFileOf } from './csv-file.ts';

export const readFromCsvTxt = action({
  package: 'CsvTxt',
  name: 'ReadFromCsvTxt',
  summary: 'Reads an open file into a table.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { session: attribute.any() },
  returns: 'TABLE',
  run: (input, host) => csvFileOf(input.session, host).table(),
});
