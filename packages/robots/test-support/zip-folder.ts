import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Entry, zipOf } from '../../importers/test-support/zip.ts';

/** A robot.zip of a folder, as the tools pack it: what it has put out and caches stay away. */
export async function zipFolder(folder: string): Promise<Buffer> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries: Entry[] = [];
  for (const file of found.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    const name = relative(folder, path).split(sep).join('/');
    if (/(^|\/)(output|__pycache__|\.git)\//.test(name)) continue;
    const { mode } = await stat(path);
    entries.push([name, await readFile(path), withMode(mode)]);
  }
  return Buffer.from(await zipOf(entries));
}

/** What an archiver of Unix says of a file: its kind and its rights. */
export function withMode(mode: number): { externalFileAttributes: number; versionMadeBy: number } {
  return { externalFileAttributes: (mode << 16) >>> 0, versionMadeBy: (3 << 8) | 20 };
}
