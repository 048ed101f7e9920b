import { constants, statSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, filterAttributes } from '../support/file-choice.ts';
import { fileWorkAsync } from '../support/file-fault.ts';

/** The content of the source goes into the destination; the filters choose among its files. */
export const copyFolder = action({
  package: 'Folder',
  name: 'copyFolder',
  summary: 'Copies the content of a folder.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    sourceFolderPath: attribute.text({ required: true }),
    destinationFolderPath: attribute.text({ required: true }),
    isOverwrite: attribute.flag(),
    ...filterAttributes,
  },
  run: async (input, host) => {
    const source = devicePath(input.sourceFolderPath, host);
    const destination = devicePath(input.destinationFolderPath, host);
    if (resolve(destination) === source || resolve(destination).startsWith(source + sep)) {
      throw new BotError(`Cannot copy "${source}" into itself. Choose a destination outside of it.`);
    }
    if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
      throw new BotError(`The folder "${source}" is not there. Check the path.`);
    }
    await fileWorkAsync('copy to', destination, async () => {
      await mkdir(destination, { recursive: true });
      for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
        if (host.signal.aborted) return;
        const from = join(entry.parentPath, entry.name);
        const to = join(destination, relative(source, from));
        if (entry.isDirectory()) await mkdir(to, { recursive: true });
        else if (entry.isFile() && passes(from)) {
          await mkdir(dirname(to), { recursive: true });
          await copyFile(from, to, input.isOverwrite ? 0 : constants.COPYFILE_EXCL);
        }
      }
    });
    return undefined;

    function passes(file: string): boolean {
      return (!input.isSize && !input.isDate) || chooseFiles(file, 'file', input, host).length > 0;
    }
  },
});
