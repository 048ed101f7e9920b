import { createWriteStream, openAsBlob, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { Writable } from 'node:stream';
import { action, attribute, type BotCredential, BotError, type Host } from '@signalbox/taskbot';
import type { FileEntry, ZipWriter } from '@zip.js/zip.js';
import { devicePath } from '../support/device-path.ts';
import { discard } from '../support/discard.ts';
import { hasWildcard } from '../support/file-choice.ts';
import { fileWork, fileWorkAsync } from '../support/file-fault.ts';
import { revealed } from '../support/secret.ts';
import { fitsWildcard } from '../support/wildcard.ts';
import { PLAIN_ZIP, zipFault } from './zip-fault.ts';

/**
 * A file, a folder with all in it, or what fits `*` and `?`. With a password the entries are encrypted with AES-256, which
 * Windows' own viewer cannot open but every archiver can. The archive gets its name when it is whole.
 */
export const zipFiles = action({
  package: 'Folder',
  name: 'zipFiles',
  summary: 'Packs files into a zip archive.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    sourcePath: attribute.text({ required: true }),
    targetPath: attribute.file({ required: true }),
    filterType: attribute.text(),
    filterExtensions: attribute.text({ note: 'Such as txt, csv; nothing takes all files.' }),
    isUpdateNewer: attribute.flag({ note: 'Keeps what the archive has, unless a file is newer.' }),
    isDeleteOriginalFiles: attribute.flag(),
    compressionLevel: attribute.text({ fallback: 'Normal', note: 'None, Fastest, Normal or Maximum.' }),
    password: attribute.credential(),
  },
  run: async (input, host) => {
    const source = devicePath(input.sourcePath, host);
    const target = devicePath(input.targetPath, host);
    const files = chosen(source, input.filterExtensions).filter(({ path }) => path !== target);
    if (files.length === 0) {
      throw new BotError(`There is no file to zip at "${source}". Check the path and the filter of extensions.`);
    }
    await fileWorkAsync('write the archive', target, () => pack(files, target, input, host));
    if (input.isDeleteOriginalFiles) {
      for (const { path } of files) await fileWorkAsync('delete', path, () => rm(path));
    }
    return undefined;
  },
});

interface Chosen {
  readonly path: string;
  /** The name in the archive, with slashes. */
  readonly name: string;
}

const chosen = (source: string, extensions: string): Chosen[] => {
  const wanted = extensions
    .split(/[,;|\s]+/)
    .map((each) => each.replace(/^\*?\.?/, '').toLowerCase())
    .filter((each) => each !== '' && each !== '*');
  const passes = (name: string) => wanted.length === 0 || wanted.includes(extname(name).slice(1).toLowerCase());
  const stats = hasWildcard(source) ? undefined : statSync(source, { throwIfNoEntry: false });
  if (stats?.isFile()) return passes(source) ? [{ path: source, name: basename(source) }] : [];
  const folder = stats?.isDirectory() ? source : dirname(source);
  if (!stats && !hasWildcard(source)) throw new BotError(`"${source}" is not there. Check the path.`);
  return fileWork('read the folder', folder, () =>
    readdirSync(folder, { recursive: stats !== undefined, withFileTypes: true }),
  )
    .filter(
      (entry) =>
        entry.isFile() && passes(entry.name) && (stats !== undefined || fitsWildcard(entry.name, basename(source))),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, name: relative(folder, path).split(sep).join('/') }));
};

interface Options {
  readonly isUpdateNewer: boolean;
  readonly compressionLevel: string;
  readonly password: BotCredential | string;
}

const pack = async (files: readonly Chosen[], target: string, options: Options, host: Host): Promise<void> => {
  const { ZipWriter } = await import('@zip.js/zip.js');
  const password = revealed(options.password);
  const passing = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const file = createWriteStream(passing);
  try {
    const writer = new ZipWriter(Writable.toWeb(file), {
      ...PLAIN_ZIP,
      level: levelOf(options.compressionLevel),
      signal: host.signal,
      ...(password === '' ? {} : { password, encryptionStrength: 3 }),
    });
    const fresh = new Map(files.map((file) => [file.name, file]));
    if (options.isUpdateNewer) await keepOld(writer, target, fresh, password, host);
    for (const { path, name } of fresh.values()) {
      host.signal.throwIfAborted();
      const { mtime } = await stat(path);
      await writer.add(name, (await openAsBlob(path)).stream(), { lastModDate: mtime });
    }
    await writer.close();
    await rename(passing, target);
  } catch (cause) {
    await discard(file, passing);
    throw zipFault(target, cause);
  }
};

/** Carries over what the archive has; a file that is not newer is taken off the list of those to add. */
const keepOld = async (
  writer: ZipWriter<unknown>,
  archive: string,
  fresh: Map<string, Chosen>,
  password: string,
  host: Host,
): Promise<void> => {
  if (!statSync(archive, { throwIfNoEntry: false })) return;
  const { BlobReader, ZipReader } = await import('@zip.js/zip.js');
  const reader = new ZipReader(new BlobReader(await openAsBlob(resolve(archive))), {
    ...PLAIN_ZIP,
    signal: host.signal,
    ...(password === '' ? {} : { password }),
  });
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    const file = fresh.get(entry.filename);
    // Zip counts time in steps of two seconds.
    if (file && (await stat(file.path)).mtimeMs > entry.lastModDate.getTime() + 2000) continue;
    fresh.delete(entry.filename);
    await copyEntry(writer, entry);
  }
  await reader.close();
};

const copyEntry = async (writer: ZipWriter<unknown>, entry: FileEntry): Promise<void> => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reading = entry.getData(writable);
  await Promise.all([reading, writer.add(entry.filename, readable, { lastModDate: entry.lastModDate })]);
};

const levelOf = (word: string): number => {
  if (/none|store|no ?compr/i.test(word)) return 0;
  if (/fast/i.test(word)) return 1;
  return /max|best|ultra|high/i.test(word) ? 9 : 6;
};
