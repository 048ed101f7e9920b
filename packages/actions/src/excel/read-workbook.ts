import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { BotError } from '@signalbox/taskbot';
import { readDelimited, writeDelimited } from '../support/delimited.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import type { ExcelFile, NumberFormatter } from './excel-session.ts';
import { MAX_FILE_BYTES, unpack } from './parts.ts';
import { Workbook } from './workbook.ts';

export const blankWorkbook = (sheetName: string): Workbook => Workbook.blank(sheetName);

/** Loaded with the first workbook: half a megabyte of code that most bots never need. */
export const loadNumberFormatter = async (): Promise<NumberFormatter> => {
  const { SSF } = await import('@e965/xlsx');
  return (format, value, options) => SSF.format(format, value, options);
};

/**
 * .xlsx and .xlsm as they are. Comma-separated text becomes a workbook of one sheet. Old and binary formats (.xls,
 * .xlsb, .ods) are converted for reading: what they have beside values and number formats is lost, so they cannot be
 * saved.
 */
export const readWorkbook = async (path: string): Promise<{ workbook: Workbook; kind: ExcelFile['kind'] }> => {
  const size = fileWork('open', path, () => statSync(path).size);
  if (size > MAX_FILE_BYTES) {
    throw new BotError(
      `"${path}" has ${Math.ceil(size / 1024 / 1024)} MB; workbooks may have ${MAX_FILE_BYTES / 1024 / 1024} MB.`,
    );
  }
  const bytes = fileWork('open', path, () => readFileSync(path));
  if (bytes.subarray(0, 2).toString('latin1') === 'PK' && !/\.(ods|xlsb)$/i.test(path)) {
    return { workbook: new Workbook(await unpack(bytes, path)), kind: 'xlsx' };
  }
  if (bytes.includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
    throw new BotError(
      `"${path}" is protected by a password, and such files cannot be read here. Save it without one.`,
    );
  }
  if (/\.(csv|txt)$/i.test(path)) return { workbook: workbookOfText(bytes), kind: 'csv' };
  return { workbook: await convert(bytes, path), kind: 'old' };
};

const workbookOfText = (bytes: Buffer): Workbook => {
  const workbook = Workbook.blank('Sheet1');
  const sheet = workbook.sheet('Sheet1');
  const rows = readDelimited(decodeText(bytes, 'FILE-ENCODING'), ',', { leading: false, trailing: false });
  for (const [row, texts] of rows.entries()) {
    for (const [column, text] of texts.entries()) {
      sheet.set({ row: row + 1, column: column + 1 }, text === '' ? { kind: 'empty' } : { kind: 'text', text });
    }
  }
  return workbook;
};

const convert = async (bytes: Buffer, path: string): Promise<Workbook> => {
  const { read, write } = await import('@e965/xlsx');
  try {
    const converted = write(read(bytes, { cellStyles: true, cellNF: true }), { type: 'buffer', bookType: 'xlsx' });
    return new Workbook(await unpack(converted as Uint8Array, path)); // type 'buffer' answers bytes
  } catch (cause) {
    if (cause instanceof BotError) throw cause;
    throw new BotError(`"${path}" is not a workbook, or it is damaged. Open and save it in a spreadsheet program.`, {
      cause,
    });
  }
};

/** Beside the old file first, then in its place: a run that dies in the middle leaves the old one whole. */
export const saveWorkbook = async (
  workbook: Workbook,
  { path, kind }: ExcelFile,
  rows: () => string[][],
): Promise<void> => {
  if (kind === 'old') {
    throw new BotError(`"${path}" has an old or binary format, which can be read but not written. Use an .xlsx file.`);
  }
  const content = kind === 'csv' ? writeDelimited(rows(), ',', '\r\n') : await workbook.toBytes();
  replaceFile(path, content);
};

export const replaceFile = (path: string, content: Uint8Array | string): void => {
  const beside = `${path}.${process.pid}.tmp`;
  fileWork('save', path, () => {
    try {
      writeFileSync(beside, content, existsSync(path) ? { mode: statSync(path).mode } : {});
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
  });
};
