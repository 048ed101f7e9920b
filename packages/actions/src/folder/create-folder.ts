import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { refuseRoot } from './refuse-root.ts';

/** Overwriting empties a folder that is there; without it such a folder is a fault. */
export const createFolder = action({
  package: 'Folder',
  name: 'createFolder',
  summary: 'Makes a folder, and those it lies in.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { folderPath: attribute.text({ required: true }), isOverwrite: attribute.flag() },
  run: (input, host) => {
    const path = devicePath(input.folderPath, host);
    fileWork('create the folder', path, () => {
      if (existsSync(path)) {
        if (!input.isOverwrite) {
          throw new BotError(
            `The folder "${path}" exists already. Allow overwriting, or test for it with a condition first.`,
          );
        }
        refuseRoot(path, host);
        rmSync(path, { recursive: true });
      }
      mkdirSync(path, { recursive: true });
    });
    return undefined;
  },
});
