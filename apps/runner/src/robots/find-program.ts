import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where a program is that would be found under this name; undefined when there is none. */
export function findProgram(name: string, searchPath: string): string | undefined {
  if (isAbsolute(name))
    return endings()
      .map((ending) => name + ending)
      .find(isProgram);
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => endings().map((ending) => join(folder, name + ending)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Windows alone knows programs by their endings. A script of its shell is none that can be started safely. */
const endings = (): readonly string[] => (process.platform === 'win32' ? ['.exe', '.com', ''] : ['']);
