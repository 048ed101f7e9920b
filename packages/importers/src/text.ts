import { ImportRefusal, quote } from './import-refusal.ts';

/**
 * Bytes as text, with the byte order mark that may stand before it. UTF-8 as everything here is; UTF-16 where its mark says
 * so, as a clipboard that Windows' Notepad saved.
 *
 * @throws ImportRefusal
 */
export function decodeText(bytes: Buffer, name: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ImportRefusal('damaged', `${quote(name)} is no UTF-8 text, as bots are. Save it in that encoding`, {
      cause,
    });
  }
}
