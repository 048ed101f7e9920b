import { existsSync } from 'node:fs';
import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import { overwriteText } from '../support/append.ts';
import { devicePath } from '../support/device-path.ts';
import { revealed } from '../support/secret.ts';
import { pagesOf, pdfBytes, pdfFault } from './document.ts';

const MAX_CHARACTERS = 100_000_000;

/** Attribute names of the whole package [inferred]. Text in pictures is not read: that takes OCR. */
export const extractText = action({
  package: 'PDF',
  name: 'extractText',
  summary: 'Takes the text out of a document, plain or with its layout kept by spaces.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    filePath: attribute.file({ required: true, alias: ['pdfFilePath', 'sourceFilePath', 'file'] }),
    userPassword: attribute.credential({ alias: ['password', 'ownerPassword'] }),
    textType: attribute.choice(['PLAIN', 'STRUCTURED'], { alias: ['textFormat', 'extractType'] }),
    pageOption: attribute.text({ note: 'ALL takes all pages, whatever the range says.' }),
    pageRange: attribute.text({ alias: ['pages', 'range'], note: '1-3,7; empty for all.' }),
    outputFilePath: attribute.file({ alias: ['exportFilePath', 'targetFilePath', 'destinationFilePath'] }),
    overwrite: attribute.flag({ alias: ['isOverwrite', 'overwriteFile'] }),
  },
  returns: 'STRING',
  run: async (input, host) => {
    const path = devicePath(input.filePath, host);
    const range = /^all/i.test(input.pageOption) ? '' : input.pageRange;
    const text = await textOf(path, revealed(input.userPassword), range, input.textType === 'STRUCTURED', host);
    if (input.outputFilePath !== '') {
      const target = devicePath(input.outputFilePath, host);
      if (!input.overwrite && existsSync(target)) {
        throw new BotError(`"${target}" exists already. Allow overwriting, or choose another name.`);
      }
      overwriteText(target, text, 'UTF-8');
    }
    return text;
  },
});

const textOf = async (
  path: string,
  password: string,
  range: string,
  structured: boolean,
  host: Host,
): Promise<string> => {
  const bytes = pdfBytes(path);
  const { getDocumentProxy } = await import('unpdf');
  const document = await getDocumentProxy(bytes, {
    ...(password === '' ? {} : { password }),
    verbosity: 0,
  }).catch((cause: unknown) => {
    throw pdfFault(path, cause);
  });
  try {
    const pages: string[] = [];
    let characters = 0;
    for (const number of pagesOf(range, document.numPages)) {
      host.signal.throwIfAborted();
      const { items } = await (await document.getPage(number)).getTextContent();
      const pieces = items.flatMap((item) => ('str' in item ? [pieceOf(item)] : []));
      const text = structured ? layout(pieces) : plain(pieces);
      characters += text.length;
      if (characters > MAX_CHARACTERS) {
        throw new BotError(
          `The document has more than ${MAX_CHARACTERS} characters, which is the bound. Ask for fewer pages.`,
        );
      }
      pages.push(text);
    }
    return pages.join('\n');
  } catch (cause) {
    if (host.signal.aborted) throw cause;
    throw pdfFault(path, cause);
  } finally {
    await document.loadingTask.destroy();
  }
};

interface Piece {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly endsLine: boolean;
}

const pieceOf = (item: {
  str: string;
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
}): Piece => ({
  text: item.str,
  x: item.transform[4] ?? 0,
  y: item.transform[5] ?? 0,
  width: item.width,
  height: item.height,
  endsLine: item.hasEOL,
});

/** In the order of the document. */
const plain = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, endsLine }) => (endsLine ? `${text}\n` : text)).join('');

/** Lines from top to bottom; gaps become as many spaces as characters of middling width would fill. */
const layout = (pieces: readonly Piece[]): string => {
  const written = pieces.filter(({ text }) => text.trim() !== '');
  const letters = written.reduce((sum, { text }) => sum + text.length, 0);
  const unit = Math.max(1, written.reduce((sum, { width }) => sum + width, 0) / Math.max(1, letters));
  const left = Math.min(...written.map(({ x }) => x));
  const lines: Piece[][] = [];
  for (const piece of [...written].sort((a, b) => b.y - a.y || a.x - b.x)) {
    const line = lines.at(-1);
    const same = line?.[0] !== undefined && Math.abs(line[0].y - piece.y) < Math.max(2, piece.height / 2);
    if (same) line.push(piece);
    else lines.push([piece]);
  }
  return lines
    .map((line) => {
      let text = '';
      for (const piece of line.sort((a, b) => a.x - b.x)) {
        const column = Math.min(1000, Math.round((piece.x - left) / unit));
        text = text.padEnd(column);
        if (text.length > column && text !== '' && !text.endsWith(' ')) text += ' ';
        text += piece.text;
      }
      return text.trimEnd();
    })
    .join('\n');
};
