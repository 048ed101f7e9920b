import { createWriteStream, existsSync, openAsBlob, statSync } from 'node:fs';
import { mkdir, realpath, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Writable } from 'node:stream';
import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import type { Entry, FileEntry } from '@zip.js/zip.js';
import { devicePath } from '../support/device-path.ts';
import { discard } from '../support/discard.ts';
import { fileWorkAsync } from '../support/file-fault.ts';
import { revealed } from '../support/secret.ts';
import { excerpt } from '../support/text.ts';
import { PLAIN_ZIP, zipFault } from './zip-fault.ts';

const MOST_ENTRIES = 100_000;
const MOST_BYTES = 4 * 1024 ** 3;
/** Texts shrink to a tenth, tables of zeros to a thousandth: such a one may be small, but not large as well. */
const MOST_RATIO = 200;
const RATIO_FROM = 100 * 1024 ** 2;

/**
 * Names in an archive are anybody's: one that leads out of the folder, a link, or an archive that swells beyond reason is
 * refused, whole and before anything is written where that can be told from its list. Attribute names are [inferred].
 */
export const unzipFiles = action({
  package: 'Folder',
  name: 'unzipFiles',
  summary: 'Unpacks a zip archive into a folder.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    sourcePath: attribute.file({ required: true, alias: ['zipFilePath', 'sourceFilePath', 'filePath'] }),
    targetPath: attribute.text({ required: true, alias: ['destinationPath', 'targetFolderPath', 'folderPath'] }),
    isOverwrite: attribute.flag({ alias: ['overwrite', 'isOverwriteFiles'] }),
    password: attribute.credential(),
  },
  run: async (input, host) => {
    const archive = devicePath(input.sourcePath, host);
    const folder = devicePath(input.targetPath, host);
    await fileWorkAsync('unpack', archive, async () => {
      const { BlobReader, ZipReader } = await import('@zip.js/zip.js');
      const { size } = statSync(archive);
      const password = revealed(input.password);
      const reader = new ZipReader(new BlobReader(await openAsBlob(archive)), {
        ...PLAIN_ZIP,
        signal: host.signal,
        checkOverlappingEntry: true,
        ...(password === '' ? {} : { password }),
      });
      try {
        const entries = await listed(reader.getEntriesGenerator(), archive);
        const places = entries.map((entry) => ({ entry, path: placeOf(entry, folder, archive) }));
        if (!input.isOverwrite) refuseExisting(places);
        const meter = new Meter(size, archive);
        meter.expect(entries.reduce((total, entry) => total + entry.uncompressedSize, 0));
        await mkdir(folder, { recursive: true });
        const root = await realpath(folder);
        for (const { entry, path } of places) await unpack(entry, path, root, meter, host);
      } catch (cause) {
        throw zipFault(archive, cause);
      } finally {
        await reader.close();
      }
    });
    return undefined;
  },
});

const listed = async (entries: AsyncIterable<Entry>, archive: string): Promise<Entry[]> => {
  const all: Entry[] = [];
  for await (const entry of entries) {
    if (all.push(entry) > MOST_ENTRIES) {
      throw new BotError(`The archive "${archive}" has more than ${MOST_ENTRIES} entries, and is refused.`);
    }
  }
  return all;
};

const placeOf = (entry: Entry, folder: string, archive: string): string => {
  const name = entry.filename.replaceAll('\\', '/');
  const steps = name.split('/').filter((step) => step !== '' && step !== '.');
  const leadsOut =
    name.startsWith('/') || name.includes('\0') || steps.includes('..') || /^[a-z]:/i.test(name) || steps.length === 0;
  // To Windows a colon opens a hidden stream of a file.
  if (leadsOut || (process.platform === 'win32' && name.includes(':'))) {
    throw new BotError(`The archive "${archive}" is refused: its entry "${excerpt(name)}" leads out of the folder.`);
  }
  if (entry.symlink) {
    throw new BotError(`The archive "${archive}" is refused: its entry "${excerpt(name)}" is a link, not a file.`);
  }
  const path = resolve(folder, ...steps);
  if (path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return path;
  throw new BotError(`The archive "${archive}" is refused: its entry "${excerpt(name)}" leads out of the folder.`);
};

const refuseExisting = (places: readonly { readonly entry: Entry; readonly path: string }[]): void => {
  const there = places.find(({ entry, path }) => !entry.directory && existsSync(path));
  if (there) {
    throw new BotError(`The file "${there.path}" exists already. Allow overwriting, or choose another folder.`);
  }
};

/** Counts what comes out: what the archive says of itself may be a lie. */
class Meter {
  readonly #size: number;
  readonly #archive: string;
  #total = 0;

  constructor(size: number, archive: string) {
    this.#size = size;
    this.#archive = archive;
  }

  expect(bytes: number): void {
    this.#check(bytes);
  }

  add(bytes: number): void {
    this.#total += bytes;
    this.#check(this.#total);
  }

  #check(bytes: number): void {
    if (bytes > MOST_BYTES) throw this.#refusal(`it unpacks to more than ${MOST_BYTES / 1024 ** 3} GB`);
    if (bytes > RATIO_FROM && bytes > this.#size * MOST_RATIO) {
      throw this.#refusal(`it unpacks to more than ${MOST_RATIO} times its size`);
    }
  }

  #refusal(why: string): BotError {
    return new BotError(`The archive "${this.#archive}" is refused: ${why}.`);
  }
}

const unpack = async (entry: Entry, path: string, root: string, meter: Meter, host: Host): Promise<void> => {
  host.signal.throwIfAborted();
  if (entry.directory) {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const real = await realpath(dirname(path));
  // A link that lay in the folder before leads out of it just as well.
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw new BotError(`"${dirname(path)}" is a link that leads out of the folder, so nothing is unpacked into it.`);
  }
  await write(entry, join(real, path.slice(dirname(path).length + 1)), meter);
};

/** Under a passing name first: a link in its place is replaced, not followed, and nobody reads half a file. */
const write = async (entry: FileEntry, path: string, meter: Meter): Promise<void> => {
  const passing = `${path}.part`;
  await rm(passing, { force: true });
  const stream = createWriteStream(passing, { flags: 'wx' });
  try {
    const file = Writable.toWeb(stream);
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        meter.add(chunk.length);
        controller.enqueue(chunk);
      },
    });
    const written = counted.readable.pipeTo(file);
    await Promise.all([entry.getData(counted.writable), written]);
    await utimes(passing, entry.lastModDate, entry.lastModDate);
    await rename(passing, path);
  } catch (cause) {
    await discard(stream, passing);
    throw cause;
  }
};
