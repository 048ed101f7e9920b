import { action, attribute, BotError } from '@signalbox/taskbot';

export const openFile = action({
  package: 'File',
  name: 'openFile',
  summary: 'Opens a file in its program; refused, because this runner has no desktop.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { filePath: attribute.file({ required: true }) },
  run: (input) => {
    throw new BotError(
      `Opening "${input.filePath}" needs a desktop, and this runner has none. Read the file with TextFile, CsvTxt or Json instead.`,
    );
  },
});
