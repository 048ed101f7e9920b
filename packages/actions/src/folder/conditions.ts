import { statSync } from 'node:fs';
import { attribute, condition } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { waitUntil } from '../support/wait-until.ts';

const attributes = {
  folderPath: attribute.text({ required: true }),
  waitTimeout: attribute.number({ fallback: 0, note: 'Seconds to wait for it to become so.' }),
};
const common = { package: 'Folder', runsOn: 'device', since: '0.1.0' } as const;

export const folderExists = condition({
  ...common,
  name: 'folderExists',
  summary: 'Says whether a folder is there.',
  attributes,
  test: (input, host) => {
    const path = devicePath(input.folderPath, host);
    return waitUntil(() => isFolder(path), input.waitTimeout, host);
  },
});

/** Misspelt by the vendor, and so in every document. */
export const folderDoesNotExists = condition({
  ...common,
  name: 'folderDoesNotExists',
  alias: ['folderNotExists'],
  summary: 'Says whether a folder is not there.',
  attributes,
  test: (input, host) => {
    const path = devicePath(input.folderPath, host);
    return waitUntil(() => !isFolder(path), input.waitTimeout, host);
  },
});

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
