import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import type { RobotLimits } from '../limits.ts';
import { quote, quoteAll, RobotRefusal } from '../robot-refusal.ts';
import { pathKey, readEntryPath } from './entry-path.ts';

/** One file of a robot. */
export interface RobotFile {
  /** Below the folder of robot.yaml, with slashes. */
  readonly path: string;
  /** Bytes, unpacked, as the directory says. */
  readonly size: number;
  readonly executable: boolean;
  readonly checksum: number;
  open(): Promise<Readable>;
}

/** A robot.zip whose directory has been judged. Nothing has been unpacked. */
export interface RobotZip {
  readonly files: readonly RobotFile[];
  close(): void;
}

const ROBOT_YAML = 'robot.yaml';
/** What Macs put beside the files when they pack. */
const NOT_THE_ROBOTS = /^__MACOSX\/|(^|\/)\.DS_Store$/;
/** Names are decoded and judged by us: yauzl would mend some of what is refused here, and says the rest in other words. */
const OPTIONS = { autoClose: false, decodeStrings: false, validateEntrySizes: true } as const;
const UNIX = 3;
const FILE_KIND = 0o170000;
const LINK = 0o120000;
const EXECUTABLE = 0o111;

/**
 * Opens a robot.zip and judges all that its directory says: names, links, encryption, number, sizes, ratios, and where
 * robot.yaml is. A single top folder around it is taken away.
 *
 * @param from the archive itself, or its path
 * @throws RobotRefusal
 */
export async function openRobotZip(from: string | Buffer, packed: number, limits: RobotLimits): Promise<RobotZip> {
  const zip = await openArchive(from);
  try {
    const files = placeAtRobotYaml(await readDirectory(zip, packed, limits));
    return { files, close: () => zip.close() };
  } catch (cause) {
    zip.close();
    throw cause instanceof RobotRefusal ? cause : damaged(cause);
  }
}

export function damaged(cause: unknown, path?: string): RobotRefusal {
  const why = cause instanceof Error ? cause.message : String(cause);
  const what = path === undefined ? 'The archive' : quote(path);
  return new RobotRefusal('damaged', `${what} is damaged: ${why}. Pack the robot anew.`, { cause });
}

async function openArchive(from: string | Buffer): Promise<ZipFile> {
  try {
    return await (typeof from === 'string' ? openPromise(from, OPTIONS) : fromBufferPromise(from, OPTIONS));
  } catch (cause) {
    const message = 'Expected a robot.zip, but the file has no directory of a zip archive. Was it sent to its end?';
    throw new RobotRefusal('not-a-zip', message, { cause });
  }
}

async function readDirectory(zip: ZipFile, packed: number, limits: RobotLimits): Promise<RobotFile[]> {
  const files: RobotFile[] = [];
  const taken = new Map<string, string>();
  let entries = 0;
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (++entries > limits.files) throw tooMany(limits);
    const name = nameOf(entry);
    const path = readEntryPath(name);
    requirePlain(entry, path);
    if (/[\\/]$/.test(name) || path === '' || NOT_THE_ROBOTS.test(path)) continue;
    requireSingle(taken, path);
    requireReasonable(entry, path, limits);
    total += entry.uncompressedSize;
    if (total > limits.totalBytes) throw tooLarge(`The robot's files have`, limits.totalBytes, 'together');
    files.push({
      path,
      size: entry.uncompressedSize,
      executable: entry.versionMadeBy >>> 8 === UNIX && ((entry.externalFileAttributes >>> 16) & EXECUTABLE) !== 0,
      checksum: entry.crc32,
      open: () => zip.openReadStreamPromise(entry),
    });
  }
  requireNoFolderIsFile(taken);
  // Entries of a flat bomb share their packed bytes, so that each alone looks reasonable.
  if (total > limits.freeOfRatio * 10 && total / packed > limits.ratio) throw swelling('The archive', total, packed);
  return files;
}

/** Archivers of before write UTF-8 without saying so; what is no UTF-8 is the code page 437 of the format. */
function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  if (isUtf8(raw)) return raw.toString('utf8');
  return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

function requirePlain(entry: Entry, path: string): void {
  if (entry.isEncrypted()) {
    throw new RobotRefusal('encrypted', `${quote(path)} is encrypted. Pack the robot without a password.`);
  }
  if (((entry.externalFileAttributes >>> 16) & FILE_KIND) === LINK) {
    throw new RobotRefusal('link', `${quote(path)} is a link to somewhere else. Pack the file itself in its place.`);
  }
}

function requireSingle(taken: Map<string, string>, path: string): void {
  const other = taken.get(pathKey(path));
  if (other !== undefined) throw duplicate(other, path);
  taken.set(pathKey(path), path);
}

function requireNoFolderIsFile(taken: ReadonlyMap<string, string>): void {
  for (const [key, path] of taken) {
    for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      const other = taken.get(key.slice(0, slash));
      if (other !== undefined) throw duplicate(other, path);
    }
  }
}

function requireReasonable(entry: Entry, path: string, limits: RobotLimits): void {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  if (size > limits.fileBytes) throw tooLarge(`${quote(path)} has`, limits.fileBytes);
  if (size > limits.freeOfRatio && size / Math.max(1, packed) > limits.ratio) throw swelling(quote(path), size, packed);
  if (!entry.canDecodeFileData()) {
    throw new RobotRefusal('damaged', `${quote(path)} is packed by another method than "deflate" and "store".`);
  }
}

function placeAtRobotYaml(files: readonly RobotFile[]): readonly RobotFile[] {
  if (files.some(({ path }) => path === ROBOT_YAML)) return files;
  const tops = [...new Set(files.map(({ path }) => path.split('/', 1)[0] ?? path))];
  const [top] = tops;
  if (tops.length === 1 && files.some(({ path }) => path === `${top}/${ROBOT_YAML}`)) {
    return files.map((file) => ({ ...file, path: file.path.slice(`${top}/`.length) }));
  }
  const seen = files.map(({ path }) => path).filter((path) => /(^|\/)robot\.ya?ml$/i.test(path));
  throw new RobotRefusal(
    'no-robot-yaml',
    `Expected "${ROBOT_YAML}" at the top of the archive, or in the only folder there; ${
      seen.length > 0 ? `it is at ${quoteAll(seen)}` : `at the top there is ${quoteAll(tops)}`
    }. Pack the content of the robot's folder.`,
  );
}

const tooMany = (limits: RobotLimits): RobotRefusal =>
  new RobotRefusal('too-many-files', `The robot has more than ${limits.files} files. Leave out what it does not need.`);

const tooLarge = (what: string, most: number, how = ''): RobotRefusal =>
  new RobotRefusal('too-large', `${what} more than ${most} bytes${how && ` ${how}`}, which is the most that is taken.`);

const swelling = (what: string, size: number, packed: number): RobotRefusal =>
  new RobotRefusal(
    'swelling',
    `${what} would swell from ${packed} to ${size} bytes, as archives do that are made to fill disks. Nothing was unpacked.`,
  );

const duplicate = (one: string, other: string): RobotRefusal =>
  new RobotRefusal(
    'duplicate-path',
    `The robot holds ${quote(one)} and ${quote(other)}, which are in each other's place where letter case does not count. Rename one of them.`,
  );
