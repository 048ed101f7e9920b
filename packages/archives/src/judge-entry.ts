import { isUtf8 } from 'node:buffer';
import { type Entry, getFileNameLowLevel } from 'yauzl';
import { ArchiveFault, quote } from './archive-fault.ts';
import { pathKey } from './entry-path.ts';
import type { ArchiveLimits } from './limits.ts';

const UNIX = 3;
const FILE_KIND = 0o170000;
const LINK = 0o120000;
const EXECUTABLE = 0o111;

/** Archivers of before write UTF-8 without saying so; what is no UTF-8 is the code page 437 of the format. */
export function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  if (isUtf8(raw)) return raw.toString('utf8');
  return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

export function isExecutable(entry: Entry): boolean {
  return entry.versionMadeBy >>> 8 === UNIX && (modeOf(entry) & EXECUTABLE) !== 0;
}

export function requirePlain(entry: Entry, path: string): void {
  if (entry.isEncrypted()) throw new ArchiveFault('encrypted', `The archive is encrypted (${quote(path)})`);
  if ((modeOf(entry) & FILE_KIND) === LINK) {
    throw new ArchiveFault('link', `${quote(path)} is a link to somewhere else`);
  }
}

export function requireReasonable(entry: Entry, path: string, limits: ArchiveLimits): void {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  if (size > limits.fileBytes) {
    throw new ArchiveFault(
      'too-large',
      `${quote(path)} has ${size} bytes, and a file may have at most ${limits.fileBytes}`,
    );
  }
  if (size > limits.freeOfRatio && size / Math.max(1, packed) > limits.ratio) throw swelling(quote(path), size, packed);
  if (!entry.canDecodeFileData()) {
    throw new ArchiveFault('unknown-method', `${quote(path)} is packed by a method other than "deflate" and "store"`);
  }
}

export function swelling(what: string, size: number, packed: number): ArchiveFault {
  return new ArchiveFault(
    'swelling',
    `${what} would swell from ${packed} to ${size} bytes, as archives do that are made to fill disks`,
  );
}

/** Names that are taken, by what makes two of them one. */
export class Names {
  readonly #taken = new Map<string, string>();

  take(path: string): void {
    const other = this.#taken.get(pathKey(path));
    if (other !== undefined) throw duplicate(other, path);
    this.#taken.set(pathKey(path), path);
  }

  /** On a disk nothing is a file and a folder. */
  requireNoFolderIsFile(): void {
    for (const [key, path] of this.#taken) {
      for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
        const other = this.#taken.get(key.slice(0, slash));
        if (other !== undefined) throw duplicate(other, path);
      }
    }
  }
}

const duplicate = (one: string, other: string): ArchiveFault =>
  new ArchiveFault(
    'duplicate-path',
    `The archive holds ${quote(one)} and ${quote(other)}, which are in each other's place where letter case does not count`,
  );

const modeOf = (entry: Entry): number => entry.externalFileAttributes >>> 16;
