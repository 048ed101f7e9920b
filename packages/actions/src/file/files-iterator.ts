import { readdirSync } from 'node:fs';
import { attribute, type BotDictionary, type BotValue, iterator } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';

/**
 * A dictionary with `name` (without extension) and `extension` (without dot) for each file, in the order of their
 * names; bots put `$f{name}$.$f{extension}$` together again. The folder is read once, at the start.
 */
export const filesIterator = iterator({
  package: 'File',
  name: 'loop.iterators.files',
  summary: 'Each file of a folder.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { folderPath: attribute.text({ required: true }) },
  yields: 'DICTIONARY',
  iterate: (input, host) => {
    const folder = devicePath(input.folderPath, host);
    const entries = fileWork('read the folder', folder, () => readdirSync(folder, { withFileTypes: true }));
    const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    return filesOf(names.sort());
  },
});

function* filesOf(names: readonly string[]): Iterable<BotDictionary> {
  for (const name of names) {
    // `.profile` is a name without extension, `a.tar.gz` has the extension gz.
    const dot = name.lastIndexOf('.');
    const parts: [string, BotValue][] = [
      ['name', dot > 0 ? name.slice(0, dot) : name],
      ['extension', dot > 0 ? name.slice(dot + 1) : ''],
    ];
    yield new Map(parts);
  }
}
