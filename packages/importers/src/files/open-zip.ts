import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { ImportRefusal, quote } from '../import-refusal.ts';
import type { ImportLimits } from '../limits.ts';
import { pathKey, readEntryPath } from './entry-path.ts';
import type { FileSet, SourceFile } from './file-set.ts';

/** Names are decoded and judged by us: yauzl would mend some of what we refuse, and says the rest in other words. */
const OPTIONS = { autoClose: false, decodeStrings: false, validateEntrySizes: true } as const;
const FILE_KIND = 0o170000;
const LINK = 0o120000;

/**
 * Opens a zip archive and judges all that its directory says before anything is unpacked: names, links, encryption,
 * number, sizes, ratios. What the directory claims is compared again with what comes out when a file is read.
 *
 * @throws ImportRefusal
 */
export async function openZip(from: string | Buffer, limits: ImportLimits): Promise<FileSet> {
  const packed = typeof from === 'string' ? (await stat(from)).size : from.length;
  const zip = await openArchive(from);
  try {
    const files = await readDirectory(zip, packed, limits);
    return { files, skipped: [], close: () => zip.close() };
  } catch (cause) {
    zip.close();
    throw cause instanceof ImportRefusal ? cause : damaged(cause);
  }
}

async function openArchive(from: string | Buffer): Promise<ZipFile> {
  try {
    return await (typeof from === 'string' ? openPromise(from, OPTIONS) : fromBufferPromise(from, OPTIONS));
  } catch (cause) {
    const message = 'Expected a zip archive, but the file has no directory of one. Was it downloaded to its end?';
    throw new ImportRefusal('not-a-zip', message, { cause });
  }
}

async function readDirectory(zip: ZipFile, packed: number, limits: ImportLimits): Promise<SourceFile[]> {
  if (zip.entryCount > limits.files) throw tooMany(limits);
  const files: SourceFile[] = [];
  const names = new Map<string, string>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (names.size >= limits.files) throw tooMany(limits);
    const name = nameOf(entry);
    const path = readEntryPath(name);
    requirePlain(entry, path);
    if (/[\\/]$/.test(name) || path === '') continue;
    const other = names.get(pathKey(path));
    if (other !== undefined) throw duplicate(other, path);
    names.set(pathKey(path), path);
    requireReasonable(entry, path, limits);
    total += entry.uncompressedSize;
    if (total > limits.totalBytes) throw tooLargeTogether(limits);
    files.push({ path, size: entry.uncompressedSize, read: (most) => readEntry(zip, entry, path, most) });
  }
  // Entries of a flat bomb share their packed bytes, so that each alone looks reasonable.
  if (total > limits.freeOfRatio * 10 && total / packed > limits.ratio) throw swelling('The archive', total, packed);
  return files;
}

/** Older archivers write UTF-8 without saying so; what is no UTF-8 is the code page 437 of the format. */
function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  return isUtf8(raw)
    ? raw.toString('utf8')
    : getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

function requirePlain(entry: Entry, path: string): void {
  if (entry.isEncrypted()) {
    throw new ImportRefusal(
      'encrypted',
      `The archive is encrypted (${quote(path)}). Export it again without a password, or unpack it yourself and give the folder`,
    );
  }
  if (((entry.externalFileAttributes >>> 16) & FILE_KIND) === LINK) {
    throw new ImportRefusal(
      'link',
      `${quote(path)} is a link to somewhere else. Nothing was read: archives of bots hold files only`,
    );
  }
}

function requireReasonable(entry: Entry, path: string, limits: ImportLimits): void {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  if (size > limits.fileBytes) {
    throw new ImportRefusal(
      'too-large',
      `${quote(path)} has ${size} bytes, and a file may have at most ${limits.fileBytes}`,
    );
  }
  if (size > limits.freeOfRatio && size / Math.max(1, packed) > limits.ratio) throw swelling(quote(path), size, packed);
  if (!entry.canDecodeFileData()) {
    throw new ImportRefusal(
      'damaged',
      `${quote(path)} is packed by a method other than "deflate" and "store". Pack it with a usual program`,
    );
  }
}

async function readEntry(zip: ZipFile, entry: Entry, path: string, most: number): Promise<Buffer> {
  if (entry.uncompressedSize > most) throw tooLarge(path, most);
  const pieces: Buffer[] = [];
  let size = 0;
  let sum = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      const bytes = piece as Buffer;
      size += bytes.length;
      if (size > most) throw tooLarge(path, most);
      sum = crc32(bytes, sum);
      pieces.push(bytes);
    }
  } catch (cause) {
    throw cause instanceof ImportRefusal ? cause : damaged(cause, path);
  }
  if (sum !== entry.crc32) throw damaged(new Error('its check sum differs'), path);
  return Buffer.concat(pieces, size);
}

const tooLarge = (path: string, most: number): ImportRefusal =>
  new ImportRefusal('too-large', `${quote(path)} has more than ${most} bytes, which is the most that is read`);

const tooMany = (limits: ImportLimits): ImportRefusal =>
  new ImportRefusal(
    'too-many-files',
    `The archive has more than ${limits.files} files. Export fewer folders at a time`,
  );

const tooLargeTogether = (limits: ImportLimits): ImportRefusal =>
  new ImportRefusal(
    'too-large',
    `The archive's files have more than ${limits.totalBytes} bytes together. Export fewer folders at a time`,
  );

const swelling = (what: string, size: number, packed: number): ImportRefusal =>
  new ImportRefusal(
    'swelling',
    `${what} would swell from ${packed} to ${size} bytes, as archives do that are made to fill disks. Nothing was unpacked`,
  );

const duplicate = (one: string, other: string): ImportRefusal =>
  new ImportRefusal(
    'duplicate-path',
    `The archive holds ${quote(one)} and ${quote(other)}, which are one file where letter case does not count. Rename one of them`,
  );

const damaged = (cause: unknown, path?: string): ImportRefusal =>
  new ImportRefusal(
    'damaged',
    `${path === undefined ? 'The archive' : quote(path)} is damaged: ${cause instanceof Error ? cause.message : String(cause)}. Export it again`,
    { cause },
  );
