import { readFileSync, statSync } from 'node:fs';
import type { PDFDocument } from '@cantoo/pdf-lib';
import { type BotCredential, BotError } from '@signalbox/taskbot';
import { fileWork } from '../support/file-fault.ts';
import { revealed } from '../support/secret.ts';

const MAX_BYTES = 200 * 1024 * 1024;

export const pdfBytes = (path: string): Uint8Array => {
  const { size } = fileWork('open', path, () => statSync(path));
  if (size > MAX_BYTES) {
    throw new BotError(`"${path}" has more than ${MAX_BYTES / 1024 / 1024} MB, which is the bound. Split it.`);
  }
  return new Uint8Array(fileWork('open', path, () => readFileSync(path)));
};

/** For taking documents apart and together: loaded with the first, as it is large. */
export const openForEditing = async (path: string, password: BotCredential | string): Promise<PDFDocument> => {
  const bytes = pdfBytes(path);
  const { PDFDocument: Document } = await import('@cantoo/pdf-lib');
  const secret = revealed(password);
  try {
    return await Document.load(bytes, { updateMetadata: false, ...(secret === '' ? {} : { password: secret }) });
  } catch (cause) {
    throw pdfFault(path, cause);
  }
};

/** The libraries' messages are taken for their kind only: what they quote is of the document. */
export const pdfFault = (path: string, cause: unknown): BotError => {
  if (cause instanceof BotError) return cause;
  const text = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
  if (/password|encrypted/i.test(text)) {
    return new BotError(`"${path}" is protected by a password. Give the right one to the action.`);
  }
  return new BotError(`"${path}" is not a PDF document, or it is damaged.`, { cause });
};

/**
 * Pages as people write them: `1-3,7,9-`. Numbers beyond the last page are an error.
 * @returns page numbers from 1, in the order they were asked for
 */
export const pagesOf = (range: string, count: number): number[] => {
  if (/^\s*(all)?\s*$/i.test(range)) return Array.from({ length: count }, (_, index) => index + 1);
  return range.split(/[,;]/).flatMap((part) => {
    const [, first, dash, last] = /^\s*(\d+)\s*(?:([-:])\s*(\d*))?\s*$/.exec(part) ?? [];
    const from = Number(first);
    const to = dash === undefined ? from : last === '' ? count : Number(last);
    if (!(from >= 1 && from <= to && to <= count)) {
      throw new BotError(`Expected pages such as 1-3,7 of the ${count} there are, but got "${part.trim()}".`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
};
