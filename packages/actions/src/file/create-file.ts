import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { action, attribute } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';

/** Without overwriting, an existing file is a fault: two bots that make the same file cannot both succeed. */
export const createFile = action({
  package: 'File',
  name: 'createFile',
  summary: 'Makes an empty file, and the folders it lies in.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { filePath: attribute.file({ required: true }), isOverwrite: attribute.flag() },
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    fileWork('create', path, () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '', { flag: input.isOverwrite ? 'w' : 'wx' });
    });
    return undefined;
  },
});
