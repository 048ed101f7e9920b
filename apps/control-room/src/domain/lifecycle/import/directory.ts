import { isUtf8 } from 'node:buffer';
import { ImportRefusal, pathKey, readEntryPath } from '@signalbox/importers/layout';
import type { Entry, FileEntry } from '@zip.js/zip.js';
import { error } from '../../../kernel/errors.ts';
import { FREE_OF_RATIO, LARGEST_ENTRY, LARGEST_RATIO, LARGEST_TOTAL, MOST_ENTRIES } from '../limits.ts';
import { asRefusal, loadZip, PLAIN } from '../zip.ts';

/** A file of an archive. */
export interface ArchiveEntry {
  /** With slashes. */
  readonly path: string;
  /** Unpacked. */
  readonly size: number;
  /** All of it. @throws invalid when it is damaged, larger than it says, or the password is wrong */
  read(): Promise<Buffer>;
}

/** By `pathKey`: Windows, where bots run, does not tell letter cases apart. */
export type Directory = ReadonlyMap<string, ArchiveEntry>;

export interface ArchiveSource {
  /** Bytes. */
  readonly size: number;
  readonly ranges: (from: number, length: number) => Promise<Uint8Array>;
  readonly password?: string | undefined;
  readonly signal?: AbortSignal;
}

/** The library reads the whole list of contents at once; that of 50,000 files has ten megabytes. */
const LARGEST_READ = 64 * 1024 ** 2;
const STORED = 0;
const DEFLATED = 8;
const AES = 99;

/**
 * Reads what an archive says that it holds, and judges all of it before anything is unpacked: names, links, number,
 * sizes, ratios. What it claims is compared again with what comes out.
 *
 * @throws invalid
 */
export async function openDirectory(source: ArchiveSource): Promise<Directory> {
  try {
    return await readDirectory(source);
  } catch (cause) {
    if (cause instanceof ImportRefusal) throw error('invalid', cause.message);
    throw await asRefusal(cause);
  }
}

async function readDirectory({ size, ranges, password, signal }: ArchiveSource): Promise<Directory> {
  const { Reader, ZipReader } = await loadZip();
  class StoredArchive extends Reader<undefined> {
    override size = size;
    override readUint8Array(from: number, length: number): Promise<Uint8Array> {
      if (length > LARGEST_READ)
        throw error('invalid', 'The list of the archive’s contents is too large to be one of bots.');
      return ranges(from, length);
    }
  }
  const zip = new ZipReader(new StoredArchive(undefined), {
    ...PLAIN,
    checkCrc32: true,
    // Names are judged here, in words that say which.
    filenameValidation: 'tolerant',
    checkOverlappingEntry: true,
    ...(password === undefined ? {} : { password }),
    ...(signal === undefined ? {} : { signal }),
  });
  const directory = new Map<string, ArchiveEntry>();
  const names = new Set<string>();
  let total = 0;
  for await (const entry of zip.getEntriesGenerator()) {
    const name = nameOf(entry, names.size);
    const path = readEntryPath(name);
    requirePlain(entry, path);
    const key = pathKey(path);
    const isFolder = entry.directory || /[\\/]$/.test(name);
    if (key === '') continue;
    if (names.has(key) && !isFolder) {
      throw error('invalid', `The archive holds ${quote(path)} twice.`, {
        details: 'letter case does not tell files apart',
      });
    }
    names.add(key);
    if (names.size > MOST_ENTRIES) throw error('invalid', `The archive has more than ${MOST_ENTRIES} files.`);
    if (isFolder || entry.directory) continue;
    requireReasonable(entry, path);
    total += entry.uncompressedSize;
    // Entries of a flat bomb share their packed bytes, so that each alone looks reasonable.
    if (total > LARGEST_TOTAL || (total > FREE_OF_RATIO * 10 && total / size > LARGEST_RATIO))
      throw error(
        'invalid',
        `The archive would swell to more than ${total} bytes, as archives do that are made to fill disks.`,
      );
    directory.set(key, { path, size: entry.uncompressedSize, read: () => readEntry(entry, path) });
  }
  return directory;
}

function nameOf({ rawFilename }: Entry, number: number): string {
  if (!isUtf8(rawFilename)) throw error('invalid', `The name of the archive’s file number ${number + 1} is not UTF-8.`);
  return Buffer.from(rawFilename).toString('utf8');
}

function requirePlain(entry: Entry, path: string): void {
  if (entry.symlink) throw error('invalid', `${quote(path)} is a link; archives of bots hold files.`);
  if (entry.directory) return;
  if (![STORED, DEFLATED, AES].includes(entry.compressionMethod))
    throw error('invalid', `${quote(path)} is packed by a method other than “deflate” and “store”.`);
}

function requireReasonable({ uncompressedSize: size, compressedSize: packed }: FileEntry, path: string): void {
  if (size > LARGEST_ENTRY)
    throw error('invalid', `${quote(path)} has ${size} bytes; a file may have ${LARGEST_ENTRY}.`);
  if (size > FREE_OF_RATIO && size / Math.max(1, packed) > LARGEST_RATIO)
    throw error(
      'invalid',
      `${quote(path)} would swell from ${packed} to ${size} bytes, as archives do that are made to fill disks.`,
    );
}

async function readEntry(entry: FileEntry, path: string): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(entry.uncompressedSize);
  let filled = 0;
  try {
    await entry.getData(
      new WritableStream<Uint8Array>({
        write: (piece) => {
          if (filled + piece.length > bytes.length)
            throw error('invalid', `${quote(path)} holds more than the archive says of it.`);
          bytes.set(piece, filled);
          filled += piece.length;
        },
      }),
    );
  } catch (cause) {
    throw await asRefusal(cause);
  }
  if (filled !== bytes.length) throw error('invalid', `${quote(path)} holds less than the archive says of it.`);
  return bytes;
}

export function quote(path: string): string {
  return `“${path.slice(0, 200)}”`;
}
