import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { ArchiveFault, quote } from './archive-fault.ts';
import { readEntryPath } from './entry-path.ts';
import { isExecutable, Names, nameOf, requirePlain, requireReasonable, swelling } from './judge-entry.ts';
import type { ArchiveLimits } from './limits.ts';

/** One file of an archive. Nothing is held in memory but its name. */
export interface ArchiveFile {
  /** With slashes, relative, without `.` and `..`. */
  readonly path: string;
  /** Bytes, unpacked, as the directory says. */
  readonly size: number;
  readonly executable: boolean;
  /** In pieces. @throws what `refuse` makes, when it is damaged or not what the directory said */
  content(): AsyncGenerator<Buffer>;
  /** At once. @throws what `refuse` makes, also when it has more than `most` bytes */
  read(most: number): Promise<Buffer>;
}

/** A zip archive whose directory has been judged. Nothing has been unpacked. */
export interface Archive {
  /** In the order of the directory; without its folders. */
  readonly files: readonly ArchiveFile[];
  close(): void;
}

export interface ArchiveOptions {
  readonly limits: ArchiveLimits;
  /** Makes the error that is thrown: says what to do about it. */
  readonly refuse: (fault: ArchiveFault) => Error;
  /** Files that are passed over, however large they are or say to be. */
  readonly leaveOut?: (path: string) => boolean;
  /** Where it is unpacked to a disk: no file may have the name of another's folder. */
  readonly forDisk?: boolean;
}

/** Names are decoded and judged by us: yauzl would mend some of what is refused here, and says the rest in other words. */
const OPTIONS = { autoClose: false, decodeStrings: false, validateEntrySizes: true } as const;

/**
 * Opens a zip archive of a stranger and judges all that its directory says before anything is unpacked: names, links,
 * encryption, number, sizes, ratios. What the directory claims is compared again with what comes out when a file is read.
 *
 * @param from the archive itself, or its path
 * @throws what `refuse` makes
 */
export async function openArchive(from: string | Buffer, options: ArchiveOptions): Promise<Archive> {
  const { refuse } = options;
  const packed = typeof from === 'string' ? (await stat(from)).size : from.length;
  const zip = await openZip(from).catch((cause: unknown) => {
    throw refuse(faultOf(cause));
  });
  try {
    const files = await readDirectory(zip, packed, options);
    return { files, close: () => zip.close() };
  } catch (cause) {
    zip.close();
    throw refuse(faultOf(cause));
  }
}

async function openZip(from: string | Buffer): Promise<ZipFile> {
  try {
    return await (typeof from === 'string' ? openPromise(from, OPTIONS) : fromBufferPromise(from, OPTIONS));
  } catch (cause) {
    const message = 'Expected a zip archive, but the file has no directory of one';
    throw new ArchiveFault('not-a-zip', message, { cause });
  }
}

async function readDirectory(
  zip: ZipFile,
  packed: number,
  { limits, refuse, leaveOut, forDisk = false }: ArchiveOptions,
): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  const names = new Names();
  let entries = 0;
  let total = 0;
  if (zip.entryCount > limits.files) throw tooMany(limits);
  for await (const entry of zip.eachEntry()) {
    if (++entries > limits.files) throw tooMany(limits);
    const name = nameOf(entry);
    const path = readEntryPath(name);
    requirePlain(entry, path);
    if (/[\\/]$/.test(name) || path === '' || leaveOut?.(path)) continue;
    names.take(path);
    requireReasonable(entry, path, limits);
    total += entry.uncompressedSize;
    if (total > limits.totalBytes) throw tooLargeTogether(limits);
    files.push(fileOf(zip, entry, path, refuse));
  }
  if (forDisk) names.requireNoFolderIsFile();
  // Entries of a flat bomb share their packed bytes, so that each alone looks reasonable.
  if (total > limits.freeOfRatio * 10 && total / packed > limits.ratio) throw swelling('The archive', total, packed);
  return files;
}

function fileOf(zip: ZipFile, entry: Entry, path: string, refuse: ArchiveOptions['refuse']): ArchiveFile {
  const size = entry.uncompressedSize;
  async function* content(): AsyncGenerator<Buffer> {
    try {
      yield* unpack(zip, entry);
    } catch (cause) {
      throw refuse(faultOf(cause, path));
    }
  }
  return {
    path,
    size,
    executable: isExecutable(entry),
    content,
    read: async (most) => {
      if (size > most) throw refuse(tooLarge(path, most));
      // No piece goes beyond the size that the directory has told.
      return Buffer.concat(await Array.fromAsync(content()), size);
    },
  };
}

async function* unpack(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let size = 0;
  let sum = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    const bytes = piece as Buffer; // the stream of an entry has no encoding set
    size += bytes.length;
    if (size > entry.uncompressedSize) throw new Error('it holds more than its directory says');
    sum = crc32(bytes, sum);
    yield bytes;
  }
  if (sum !== entry.crc32) throw new Error('its check sum differs');
}

function faultOf(cause: unknown, path?: string): ArchiveFault {
  if (cause instanceof ArchiveFault) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const what = path === undefined ? 'The archive' : quote(path);
  return new ArchiveFault('damaged', `${what} is damaged: ${why}`, { cause });
}

const tooMany = (limits: ArchiveLimits): ArchiveFault =>
  new ArchiveFault('too-many-files', `The archive has more than ${limits.files} files`);

const tooLarge = (path: string, most: number): ArchiveFault =>
  new ArchiveFault('too-large', `${quote(path)} has more than ${most} bytes, which is the most that is read`);

const tooLargeTogether = (limits: ArchiveLimits): ArchiveFault =>
  new ArchiveFault('too-large-together', `The archive's files have more than ${limits.totalBytes} bytes together`);
