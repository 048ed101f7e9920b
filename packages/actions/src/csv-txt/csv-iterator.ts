import { attribute, iterator } from '@signalbox/taskbot';
import { csvFileOf } from './csv-file.ts';

export const csvIterator = iterator({
  package: 'CsvTxt',
  name: 'iterators.csvtxt',
  alias: ['loop.iterators.csvtxt'],
  summary: 'Each row of an open file, as a record.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { session: attribute.any() },
  yields: 'RECORD',
  iterate: (input, host) => csvFileOf(input.session, host).records(),
});
