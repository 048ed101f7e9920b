import { existsSync, renameSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, filterAttributes } from '../support/file-choice.ts';
import { fileWork } from '../support/file-fault.ts';

/** A `*` in the new name stands for the old name, before the dot as behind it: `*.bak`, `old-*.*`. */
export const renameFiles = action({
  package: 'File',
  name: 'renameFiles',
  summary: 'Gives a file another name in its folder.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    filePath: attribute.file({ required: true }),
    newFileName: attribute.text({ required: true }),
    ...filterAttributes,
  },
  run: (input, host) => {
    const name = input.newFileName.trim();
    if (name === '' || /[\\/]/.test(name)) {
      throw new BotError(`Expected a file name without a folder, but got "${name}". Move files with File: Copy.`);
    }
    const files = chooseFiles(devicePath(input.filePath, host), 'file', input, host);
    if (files.length > 1 && !name.includes('*')) {
      throw new BotError(
        `${files.length} files would all be called "${name}". Put a * for the old name into the new one, such as "old-*".`,
      );
    }
    for (const file of files) {
      const target = join(dirname(file), newName(basename(file), name));
      if (target === file) continue;
      // A rename on POSIX replaces without asking; the vendor's does not.
      if (existsSync(target))
        throw new BotError(`Cannot rename to "${target}": it exists already. Choose another name.`);
      fileWork('rename', file, () => renameSync(file, target));
    }
    return undefined;
  },
});

const newName = (old: string, pattern: string): string => {
  if (!pattern.includes('*')) return pattern;
  const extension = extname(pattern);
  const stem = pattern.slice(0, pattern.length - extension.length).replaceAll('*', () => basename(old, extname(old)));
  return stem + (extension === '' ? extname(old) : extension.replaceAll('*', () => extname(old).slice(1)));
};
