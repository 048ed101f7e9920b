import { BotError } from '@signalbox/taskbot';

/** The files inside a workbook, by name. */
export type Parts = Map<string, Uint8Array>;

export const MAX_FILE_BYTES = 100 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 400 * 1024 * 1024;
const MAX_PARTS = 10_000;

/**
 * Unpacks within bounds: the sizes of the directory are added up before anything is unpacked, and what unpacks to more
 * than its entry says finds no room.
 */
export const unpack = async (bytes: Uint8Array, file: string): Promise<Parts> => {
  const { unzipSync } = await import('fflate');
  let total = 0;
  let count = 0;
  try {
    const entries = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        total += originalSize;
        count += 1;
        if (total > MAX_UNPACKED_BYTES || count > MAX_PARTS) {
          throw new BotError(
            `"${file}" is too large: it may unpack to ${MAX_UNPACKED_BYTES / 1024 / 1024} MB in ${MAX_PARTS} parts. Split it, or save its data as CSV.`,
          );
        }
        return true;
      },
    });
    return new Map(Object.entries(entries).filter(([name]) => !name.endsWith('/')));
  } catch (cause) {
    if (cause instanceof BotError) throw cause;
    throw new BotError(`"${file}" is not a workbook, or it is damaged. Open and save it in a spreadsheet program.`, {
      cause,
    });
  }
};

export const pack = async (parts: Parts): Promise<Uint8Array> => {
  const { zipSync } = await import('fflate');
  return zipSync(Object.fromEntries(parts), { level: 6 });
};

export const partText = (parts: Parts, name: string): string | undefined => {
  const bytes = parts.get(name);
  if (bytes === undefined) return undefined;
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return new TextDecoder(utf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
};

export const putText = (parts: Parts, name: string, text: string): void => {
  parts.set(name, new TextEncoder().encode(text));
};

/** Where a relationship of `base` leads: relative to its folder, or from the root. */
export const resolvePart = (base: string, target: string): string => {
  const from = target.startsWith('/') ? [] : base.split('/').slice(0, -1);
  const path: string[] = [];
  for (const step of [...from, ...target.split('/')]) {
    if (step === '..') path.pop();
    else if (step !== '' && step !== '.') path.push(step);
  }
  return path.join('/');
};

export const relationsPart = (part: string): string => part.replace(/([^/]*)$/, '_rels/$1.rels');
