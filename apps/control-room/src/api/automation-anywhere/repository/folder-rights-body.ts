import { FOLDER_RIGHTS, type FolderEntry, type FolderRight } from '../../../domain/repository/index.ts';
import { error } from '../../../kernel/errors.ts';

/** Words of an item's `permission` object, which the decision in contract a §15 no. 19 takes over, by the right they mean. */
const OTHER_WORDS: Readonly<Record<string, FolderRight>> = {
  download: 'viewContent',
  view: 'viewContent',
  upload: 'checkIn',
  editcontent: 'checkOut',
  execute: 'run',
};
const BY_WORD: Readonly<Record<string, FolderRight>> = {
  ...OTHER_WORDS,
  ...Object.fromEntries(FOLDER_RIGHTS.map((right) => [right.toLowerCase(), right])),
};

/** Keys of a body that hold the list, and keys of its members that name the folder or hold the flags. */
const LISTS = ['folders', 'permissions', 'folderpermissions', 'list'];
const FOLDER_IDS = ['folderid', 'id', 'resourceid', 'fileid'];
const FLAGS = ['permission', 'permissions', 'rights'];
const MOST = 5_000;

/**
 * The body of a client is not known: a list, or an object with one in it, whose members name a folder and hold flags,
 * either among themselves or in an object, or a list of words.
 *
 * @throws invalid
 */
export function readFolderRights(body: unknown): { entries: FolderEntry[]; version: number | undefined } {
  const object = isObject(body) ? byLowerCase(body) : new Map<string, unknown>();
  const list = Array.isArray(body) ? body : LISTS.map((key) => object.get(key)).find(Array.isArray);
  if (!Array.isArray(list)) {
    throw error('invalid', 'The body names no folders.', {
      details: 'expected {"folders":[{"folderId":"7","permission":{"viewContent":true,"run":true}}]}',
    });
  }
  if (list.length > MOST) throw error('invalid', `${MOST} folders are the most for a role.`);
  const version = object.get('version') ?? undefined;
  if (version !== undefined && !Number.isInteger(Number(version))) throw error('invalid', 'version is no number.');
  return {
    entries: list.map(readEntry),
    version: version === undefined ? undefined : Number(version),
  };
}

function readEntry(given: unknown, at: number): FolderEntry {
  if (!isObject(given)) throw error('invalid', `The folder no. ${at + 1} is no object.`);
  const member = byLowerCase(given);
  const id = FOLDER_IDS.map((key) => member.get(key)).find((value) => value !== undefined && value !== null);
  const folderId = typeof id === 'string' || typeof id === 'number' ? Number(id) : Number.NaN;
  if (!Number.isSafeInteger(folderId) || folderId < 1)
    throw error('invalid', `The folder no. ${at + 1} has no id.`, { details: 'expected folderId' });
  const flags = FLAGS.map((key) => member.get(key)).find((value) => isObject(value) || Array.isArray(value));
  return { folderId, rights: readRights(flags ?? given) };
}

function readRights(flags: unknown): FolderRight[] {
  const words = Array.isArray(flags)
    ? flags.map(String)
    : Object.entries(flags as object)
        .filter(([, value]) => value === true || /^true$/i.test(String(value)))
        .map(([key]) => key);
  if (Array.isArray(flags)) {
    const unknown = words.find((word) => BY_WORD[word.toLowerCase()] === undefined);
    if (unknown !== undefined) {
      throw error('invalid', `There is no right "${unknown.slice(0, 100)}" on folders.`, {
        details: `expected ${FOLDER_RIGHTS.join(', ')}`,
      });
    }
  }
  return [...new Set(words.flatMap((word) => BY_WORD[word.toLowerCase()] ?? []))];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byLowerCase(object: Record<string, unknown>): Map<string, unknown> {
  return new Map(Object.entries(object).map(([key, value]) => [key.toLowerCase(), value]));
}
