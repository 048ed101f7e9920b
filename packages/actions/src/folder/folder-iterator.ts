import { readdirSync } from 'node:fs';
import { attribute, iterator } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';

/** The names, sorted; the folder is read once, at the start. */
export const folderIterator = iterator({
  package: 'Folder',
  name: 'loop.iterators.folder',
  summary: 'The name of each folder in a folder.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { folderPath: attribute.text({ required: true }) },
  yields: 'STRING',
  iterate: (input, host) => {
    const folder = devicePath(input.folderPath, host);
    return fileWork('read the folder', folder, () => readdirSync(folder, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  },
});
