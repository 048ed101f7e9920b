import { randomUUID } from 'node:crypto';
import { close, open, unlink, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { error, SignalboxError } from '../../kernel/errors.ts';

/** The parts of a workbook. Part names are without a leading slash, in any letter case (OPC, ECMA-376 part 2). */
export interface Archive {
  has(name: string): boolean;
  /** The part as UTF-8 text, piece by piece. @throws invalid when it is not there, damaged, or would be larger than `most` bytes */
  text(name: string, most?: number): AsyncGenerator<string>;
  close(): Promise<void>;
}

/** What a part may become, whatever it was packed to. */
const LARGEST_PART = 2 * 1024 ** 3;
/** Up to so much the ratio does not matter: a small workbook of equal rows packs very well. */
const FREE_OF_RATIO = 100_000_000;
const LARGEST_RATIO = 200;
const MOST_PARTS = 10_000;

/**
 * A zip archive ends with its directory, so that it cannot be read as it arrives: it goes to a file first. The file is
 * nobody else's (0600) and loses its name at once, so that it is gone with the process, whatever becomes of that.
 */
export async function openArchive(stream: Readable): Promise<Archive> {
  const path = join(tmpdir(), `signalbox-${randomUUID()}.xlsx`);
  const fd = await promisify(open)(path, 'wx+', 0o600);
  // Where a file in use keeps its name (some file systems), it loses it when it is closed.
  const forget = (): Promise<void> => promisify(unlink)(path).catch(() => {});
  await forget();
  let zip: ZipFile | undefined;
  try {
    await spool(stream, fd);
    zip = await fromFdPromise(fd, { autoClose: false });
    const parts = await readDirectory(zip);
    return archiveOf(zip, parts, forget);
  } catch (cause) {
    if (zip) zip.close();
    else await promisify(close)(fd);
    await forget();
    throw asRefusal(cause);
  }
}

/** Not by a write stream: where the upload breaks off, that would close the file although it is not its own. */
async function spool(stream: Readable, fd: number): Promise<void> {
  const writeSome = promisify(write);
  for await (const piece of stream) {
    let rest = piece as Buffer;
    while (rest.length > 0) rest = rest.subarray((await writeSome(fd, rest)).bytesWritten);
  }
}

async function readDirectory(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MOST_PARTS) throw error('invalid', `The workbook has more than ${MOST_PARTS} parts.`);
  const parts = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) parts.set(entry.fileName.toLowerCase(), entry);
  return parts;
}

function archiveOf(zip: ZipFile, parts: ReadonlyMap<string, Entry>, forget: () => Promise<void>): Archive {
  let open = true;
  return {
    has: (name) => parts.has(name.toLowerCase()),

    async *text(name, most = LARGEST_PART) {
      const entry = parts.get(name.toLowerCase());
      if (!entry) throw error('invalid', `The file is no XLSX workbook: it has no ${name}.`);
      if (!open) throw error('invalid', 'The workbook was closed before it was read.');
      requireReasonable(entry, most);
      const decoder = new TextDecoder('utf-8', { fatal: true });
      let sum = 0;
      try {
        // The length is checked as it is read: what the directory says is only a claim.
        for await (const chunk of await zip.openReadStreamPromise(entry)) {
          sum = crc32(chunk as Buffer, sum);
          yield decoder.decode(chunk as Buffer, { stream: true });
        }
        yield decoder.decode();
      } catch (cause) {
        throw asRefusal(cause);
      }
      if (sum !== entry.crc32)
        throw error('invalid', `The workbook is damaged: the checksum of ${entry.fileName} is wrong.`);
    },

    async close() {
      if (!open) return;
      open = false;
      zip.close();
      await forget();
    },
  };
}

function requireReasonable(entry: Entry, most: number): void {
  if (entry.isEncrypted())
    throw error('invalid', 'The workbook is encrypted.', { details: 'save it without a password' });
  const { uncompressedSize, compressedSize, fileName } = entry;
  if (uncompressedSize > most) {
    throw error('invalid', `The workbook's ${fileName} is too large.`, {
      details: `${uncompressedSize} bytes; ${most} are the most. Save it as CSV (UTF-8)`,
    });
  }
  if (uncompressedSize > FREE_OF_RATIO && uncompressedSize > compressedSize * LARGEST_RATIO) {
    throw error('invalid', `The workbook's ${fileName} is packed too densely to be a table.`, {
      details: `1:${Math.round(uncompressedSize / Math.max(compressedSize, 1))}. Save it as CSV (UTF-8)`,
    });
  }
}

/** What is the file's fault is `invalid`; what is the machine's stays what it is. */
export function asRefusal(cause: unknown): unknown {
  if (cause instanceof SignalboxError) return cause;
  const { code = '', syscall, message } = cause as NodeJS.ErrnoException;
  if (syscall !== undefined || code.startsWith('ERR_STREAM')) return cause;
  return error('invalid', `The file is no XLSX workbook, or not all of it arrived: ${message}.`, { cause });
}
