import { action, attribute } from '@signalbox/taskbot';

const attributes = { sourceFile: attribute.file({ required: true, alias: ['file', 'filePath'] }) };
const common = { package: 'File', runsOn: 'device', since: '0.1.0' } as const;

/* Texts only: nothing is looked up, so Windows paths are taken apart on any device. */

export const assign = action({
  ...common,
  name: 'assign',
  summary: 'Gives a path to a file variable.',
  attributes,
  returns: 'FILE',
  run: (input) => input.sourceFile,
});

export const getName = action({
  ...common,
  name: 'getName',
  summary: 'Takes the name of a file from its path.',
  attributes,
  returns: 'STRING',
  run: (input) => input.sourceFile.slice(lastSeparator(input.sourceFile) + 1),
});

export const getPath = action({
  ...common,
  name: 'getPath',
  summary: 'Takes the folder of a file from its path.',
  attributes,
  returns: 'STRING',
  run: (input) => input.sourceFile.slice(0, Math.max(lastSeparator(input.sourceFile), 0)),
});

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
