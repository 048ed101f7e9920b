import { isUtf8 } from 'node:buffer';
import { violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { FOLDER_TYPE, isBot } from './entry.ts';

/** What entries may be called, of which type they may be, and what a bot must be to be kept. */

const LONGEST_NAME = 255;
/** In bytes: a longer path does not fit into an index, and into no file system that a bot may be written to. */
const LONGEST_PATH = 2_000;

/** @throws invalid */
export function requireName(name: string): void {
  if (/^\.+$/.test(name)) throw error('invalid', `"${name.slice(0, 100)}" is no name but a way through folders.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that are refused.
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(name) || name.trim() !== name || name === '' || name.length > LONGEST_NAME) {
    throw error('invalid', `"${name.slice(0, 100)}" cannot be a name here.`, {
      details: `expected up to ${LONGEST_NAME} characters, no \\ / : * ? " < > | and no blank at either end`,
    });
  }
}

/** @throws invalid */
export function requireShort(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH)
    throw error('invalid', `The path would be ${length} bytes long; ${LONGEST_PATH} is the most.`);
}

/** It goes out as a header later on, so it has to be one. @throws invalid */
export function readContentType(text: string): string {
  const type = text.trim().toLowerCase();
  if (!/^[\w.+-]{1,100}\/[\w.+-]{1,150}$/.test(type)) {
    throw error('invalid', `"${text.slice(0, 100)}" is no content type.`, {
      details: 'expected one such as application/vnd.aa.taskbot or text/csv',
    });
  }
  if (type === FOLDER_TYPE) {
    throw error('invalid', 'A folder is not created as a file.', { details: 'POST /v2/repository/folders/{id}' });
  }
  return type;
}

/** A bot must be a JSON object; anything else may be any bytes. @throws invalid */
export function requireContent(entry: { readonly name: string; readonly contentType: string }, bytes: Buffer): void {
  if (!isBot(entry)) return;
  if (!isUtf8(bytes)) throw error('invalid', `The content of ${entry.name} is not UTF-8.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw error('invalid', `The content of ${entry.name} is not JSON.`, {
      details: String((cause as Error).message).slice(0, 200),
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw error('invalid', `A bot is a JSON object; ${entry.name} would not be one.`);
}

/** For `.catch`: the name is taken in that folder. */
export function refuseDuplicate(name: string): (cause: unknown) => never {
  return (cause) => {
    if (violatedConstraint(cause) === 'repository_entry_name')
      throw error('duplicate', `There is something with the name "${name}" in that folder already.`);
    throw cause;
  };
}

export function gone(id: number): Error {
  return error('notFound', `There is no file or folder with the id ${id}.`);
}
