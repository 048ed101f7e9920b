import { rmSync } from 'node:fs';
import { action, attribute } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, filterAttributes } from '../support/file-choice.ts';
import { fileWork } from '../support/file-fault.ts';
import { refuseRoot } from './refuse-root.ts';

export const deleteFolder = action({
  package: 'Folder',
  name: 'deleteFolder',
  summary: 'Deletes a folder with all in it, or all folders that fit a pattern and the filters.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { folderPath: attribute.text({ required: true }), ...filterAttributes },
  run: (input, host) => {
    for (const folder of chooseFiles(devicePath(input.folderPath, host), 'folder', input, host)) {
      refuseRoot(folder, host);
      fileWork('delete the folder', folder, () => rmSync(folder, { recursive: true }));
    }
    return undefined;
  },
});
