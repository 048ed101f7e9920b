import { constants, statSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, filterAttributes, hasWildcard } from '../support/file-choice.ts';
import { fileWorkAsync } from '../support/file-fault.ts';

/**
 * The destination is a folder when it is one, ends in a separator, has no extension, or when a pattern chose the files;
 * else it is the new file. Missing folders are made.
 */
export const copyFiles = action({
  package: 'File',
  name: 'copyFiles',
  summary: 'Copies a file, or all files that fit a pattern and the filters.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    sourceFilePath: attribute.file({ required: true }),
    destinationPath: attribute.text({ required: true }),
    isOverwrite: attribute.flag(),
    isParallel: attribute.flag(),
    ...filterAttributes,
  },
  run: async (input, host) => {
    const source = devicePath(input.sourceFilePath, host);
    const destination = devicePath(input.destinationPath, host);
    const intoFolder =
      hasWildcard(source) ||
      /[\\/]\s*$/.test(input.destinationPath) ||
      statSync(destination, { throwIfNoEntry: false })?.isDirectory() === true ||
      extname(destination) === '';
    for (const file of chooseFiles(source, 'file', input, host)) {
      if (host.signal.aborted) return undefined;
      const target = intoFolder ? join(destination, basename(file)) : destination;
      if (resolve(target) === resolve(file)) {
        throw new BotError(`Cannot copy "${file}" onto itself. Choose another destination.`);
      }
      await fileWorkAsync('copy a file to', target, async () => {
        await mkdir(dirname(target), { recursive: true });
        await copyFile(file, target, input.isOverwrite ? 0 : constants.COPYFILE_EXCL);
      });
    }
    return undefined;
  },
});
