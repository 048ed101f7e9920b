import { unlinkSync } from 'node:fs';
import { action, attribute } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, filterAttributes } from '../support/file-choice.ts';
import { fileWork } from '../support/file-fault.ts';

export const deleteFiles = action({
  package: 'File',
  name: 'deleteFiles',
  summary: 'Deletes a file, or all files that fit a pattern and the filters.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    filePath: attribute.file({ required: true }),
    isParallelDelete: attribute.flag(),
    ...filterAttributes,
  },
  run: (input, host) => {
    for (const file of chooseFiles(devicePath(input.filePath, host), 'file', input, host)) {
      fileWork('delete', file, () => unlinkSync(file));
    }
    return undefined;
  },
});
