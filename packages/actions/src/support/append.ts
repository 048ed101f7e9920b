import { closeSync, fstatSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Encoding, encodeText } from './encoding.ts';
import { fileWork } from './file-fault.ts';

/**
 * Adds text at the end of a file, making missing folders. One O_APPEND write: the operating system places it whole
 * behind what is there, so several bots can share a log without mixing their lines.
 */
export const appendText = (path: string, text: string, encoding: Encoding): void =>
  fileWork('write to', path, () => {
    const file = openForAppend(path);
    try {
      const bytes = encodeText(text, encoding, encoding.startsWith('UTF-16') && fstatSync(file).size === 0);
      let written = writeSync(file, bytes);
      // Only a full disk or a signal makes a short write; the rest then goes in a second one.
      while (written < bytes.length) written += writeSync(file, bytes, written);
    } finally {
      closeSync(file);
    }
  });

const openForAppend = (path: string): number => {
  try {
    return openSync(path, 'a');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    // The folder is nearly always there, so it is looked for only when the open says it is not.
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a');
  }
};

/** Replaces the content of a file, making missing folders. */
export const overwriteText = (path: string, text: string, encoding: Encoding): void =>
  fileWork('write to', path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, encodeText(text, encoding, true));
  });
