import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImportRefusal, quote } from '../import-refusal.ts';
import type { ImportLimits } from '../limits.ts';
import type { FileSet, SourceFile } from './file-set.ts';

/** Folders of tools, in which nobody keeps bots. */
const NOT_ENTERED: ReadonlySet<string> = new Set(['.git', '.svn', '.hg', 'node_modules']);
/** Windows has no such flag, and makes links with administrator's rights only. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * The files of a folder and of all below it, sorted by name. Links are left out and told: one may lead anywhere.
 *
 * @param place what stands before the files' paths
 * @throws ImportRefusal
 */
export async function openFolder(folder: string, limits: ImportLimits, place?: string): Promise<FileSet> {
  const root = resolve(folder);
  const files: SourceFile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  let total = 0;
  const enter = async (path: string): Promise<void> => {
    const entries = await readdir(join(root, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const shown = place === undefined ? inner : `${place}/${inner}`;
      if (entry.isSymbolicLink()) skipped.push({ path: shown, reason: 'It is a link, and links are not followed' });
      else if (entry.isDirectory() && !NOT_ENTERED.has(entry.name)) await enter(inner);
      else if (entry.isFile()) {
        if (files.length >= limits.files) throw tooMany(limits);
        const { size } = await lstat(join(root, inner));
        total += size;
        if (total > limits.totalBytes) throw tooLarge(limits);
        files.push({ path: shown, size, read: (most) => readFile(join(root, inner), shown, most) });
      }
    }
  };
  await enter('');
  return { files, skipped, close: () => {} };
}

/** One file of the disk, at most so large; not through a link. `name` is what it is called in messages. */
export async function readFile(path: string, name: string, most: number): Promise<Buffer> {
  return using(path, async (handle) => {
    const { size } = await handle.stat();
    if (size > most) {
      throw new ImportRefusal('too-large', `${quote(name)} has ${size} bytes, and at most ${most} are read`);
    }
    return handle.readFile();
  });
}

async function using<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, constants.O_RDONLY | NO_FOLLOW);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

const tooMany = (limits: ImportLimits): ImportRefusal =>
  new ImportRefusal('too-many-files', `The folder has more than ${limits.files} files. Give one of the folders in it`);

const tooLarge = (limits: ImportLimits): ImportRefusal =>
  new ImportRefusal(
    'too-large',
    `The folder's files have more than ${limits.totalBytes} bytes. Give one of the folders in it`,
  );
