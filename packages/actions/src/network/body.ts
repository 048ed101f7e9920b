import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { BotError } from '@signalbox/taskbot';
import iconv from 'iconv-lite';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** Two is what proxies make of it; a longer chain is an attack. */
const MOST_CODINGS = 2;

/** An answer's bytes as they were before compression, with at most `most` of them: a small bomb must not fill the memory. */
export async function* boundedBody(
  wire: Readable,
  coding: string,
  most: number,
  shown: string,
): AsyncGenerator<Buffer, void> {
  const codings = coding
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'identity');
  const makers = codings.map((each) => DECODERS[each]);
  if (makers.length > MOST_CODINGS || makers.includes(undefined)) {
    throw new BotError(`${shown} answered in the encoding "${coding.slice(0, 60)}", which is not known here.`);
  }
  const decoders = makers.flatMap((make) => make?.() ?? []).reverse();
  const last = decoders.at(-1) ?? wire;
  // A fault of one ends all, and shows in the loop below; the callback only keeps it from being thrown twice.
  if (decoders.length > 0) pipeline([wire, ...decoders], () => {});
  let total = 0;
  for await (const chunk of last) {
    const bytes = chunk as Buffer; // no encoding is set on these streams
    total += bytes.length;
    if (total > most) throw tooLarge(most, shown);
    yield bytes;
  }
}

export const tooLarge = (most: number, shown: string): BotError =>
  new BotError(
    `The answer of ${shown} is larger than ${sizeText(most)}, which is the most that is read. Ask for less at a time, or in pages.`,
  );

const sizeText = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${Math.round(bytes / (1024 * 1024))} MB` : `${bytes} bytes`;

/** Bytes as text, by the charset of the content type; UTF-8 where it names none that is known. */
export const bodyText = (bytes: Buffer, contentType: string): string => {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  return iconv.decode(bytes, iconv.encodingExists(charset) ? charset : 'utf-8');
};
