import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

/** The encoding words of the text packages. ANSI is Windows-1252, what western devices mean by it. */
export const ENCODINGS = [
  'UTF-8',
  'UTF8',
  'UTF-8-WITHOUT-BOM',
  'UTF-16',
  'UTF-16LE',
  'UTF-16BE',
  'UNICODE',
  'ANSI',
  'FILE-ENCODING',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Reads bytes as text. A byte-order mark wins over the stated encoding and never reaches the bot. */
export const decodeText = (bytes: Buffer, encoding: Encoding): string => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return iconv.decode(bytes, 'utf-16be');
  switch (encoding) {
    case 'ANSI':
      return iconv.decode(bytes, 'windows-1252');
    case 'UTF-16':
    case 'UTF-16LE':
    case 'UNICODE':
      return bytes.toString('utf16le');
    case 'UTF-16BE':
      return iconv.decode(bytes, 'utf-16be');
    case 'FILE-ENCODING':
      // No mark and not UTF-8: on a device that can only be the old code page.
      return isUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, 'windows-1252');
    default:
      return bytes.toString('utf8');
  }
};

/** @param start whether these bytes begin a file; only then UTF-16 gets its mark */
export const encodeText = (text: string, encoding: Encoding, start: boolean): Buffer => {
  switch (encoding) {
    case 'ANSI':
      return iconv.encode(text, 'windows-1252');
    case 'UTF-16':
    case 'UTF-16LE':
    case 'UNICODE':
      return Buffer.from(start ? `\ufeff${text}` : text, 'utf16le');
    case 'UTF-16BE':
      return iconv.encode(text, 'utf-16be', { addBOM: start });
    default:
      return Buffer.from(text, 'utf8');
  }
};
