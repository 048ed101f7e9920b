import { BotError } from '@signalbox/taskbot';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there. Check the path, or test for it with a condition first',
  EACCES: 'the account of the runner may not do that. Give it the right, or choose another folder',
  EPERM: 'the account of the runner may not do that. Give it the right, or choose another folder',
  EEXIST: 'it exists already. Allow overwriting, or choose another name',
  EISDIR: 'it is a folder, and a file was expected',
  ENOTDIR: 'part of the path is a file, and a folder was expected',
  ENOTEMPTY: 'the folder is not empty',
  ENOSPC: 'the disk is full',
  EBUSY: 'another program has it open. Close that program first',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
};

/** Does file work; what the operating system objects to becomes a BotError that says what was tried and how to mend it. */
export const fileWork = <T>(doing: string, path: string, work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    throw fileFault(doing, path, cause);
  }
};

export const fileWorkAsync = async <T>(doing: string, path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    throw fileFault(doing, path, cause);
  }
};

const fileFault = (doing: string, path: string, cause: unknown): BotError => {
  if (cause instanceof BotError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = REMEDIES[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new BotError(`Cannot ${doing} "${path}": ${why}.`, { cause });
};
