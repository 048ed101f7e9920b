import { refusedAction } from '@signalbox/taskbot';

export const openFile = refusedAction({
  package: 'File',
  name: 'openFile',
  summary: 'Opens a file in its program; refused, because robots here have no desktop.',
  runsOn: 'device',
  since: '0.1.0',
  refused:
    'Opening a file in its program needs a desktop, and robots here have none. Read the file with TextFile, CsvTxt, Json or Excel instead.',
});
