import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { botsOnDisk, type ImportedBot, importText, type OpenedImport, openImport } from '@signalbox/importers';
import { type BotDocument, pathOfBot, readBot } from '@signalbox/taskbot';
import { UsageError } from '../command.ts';

const MOST_INPUT = 10_000_000;
/** Of documents that are kept after reading: an export may hold thousands, and each is asked for by all that call it. */
const KEPT_CHARACTERS = 20_000_000;

/** What the command line named: bots, and those around them that they call. */
export interface Bots {
  readonly opened: OpenedImport;
  /** A bot by its repository path; undefined when there is none. @throws DocumentError */
  resolve(path: string): Promise<BotDocument | undefined>;
  /** What was resolved lately, for showing lines of it. */
  known(path: string): BotDocument | undefined;
}

/** @param from a file, a folder, a zip, or `-` for standard input */
export async function openBots(from: string, stdin: NodeJS.ReadStream): Promise<Bots> {
  const opened =
    from === '-'
      ? importText(await readInput(stdin), 'Automation Anywhere/Bots/Clipboard', 'standard input')
      : await openImport(from);
  const isArchive = from === '-' || (await stat(from)).isFile();
  const isOneFile = isArchive && (opened.kind === 'document' || opened.kind === 'clipboard');
  // An archive holds all that belongs to it; around a file or in a folder others may lie.
  const around = from === '-' || (isArchive && !isOneFile) ? undefined : botsOnDisk(isOneFile ? dirname(from) : from);
  const documents = new Map<string, BotDocument>();
  let kept = 0;
  const keyOf = (path: string): string => pathOfBot(path).toLowerCase();
  return {
    opened,
    async resolve(path) {
      const known = documents.get(keyOf(path));
      if (known !== undefined) return known;
      const text = (await opened.find(pathOfBot(path))) ?? (await around?.find(pathOfBot(path)));
      if (text === undefined) return undefined;
      const document = readBot(text);
      documents.set(keyOf(path), document);
      kept += text.length;
      for (const [key, oldest] of documents) {
        if (kept <= KEPT_CHARACTERS || oldest === document) break;
        documents.delete(key);
        kept -= oldest.source.length;
      }
      return document;
    },
    known: (path) => documents.get(keyOf(path)),
  };
}

/** The one bot that is meant: the only one, or the one that `--bot` names by the end of its path. */
export function chooseBot({ opened }: Bots, wanted: string | undefined): ImportedBot {
  const { bots } = opened;
  const names = (some: readonly ImportedBot[]): string =>
    `${some
      .slice(0, 10)
      .map(({ path }) => `\n  ${path}`)
      .join('')}${some.length > 10 ? `\n  … ${some.length - 10} more` : ''}`;
  if (wanted === undefined) {
    if (bots[0] !== undefined && bots.length === 1) return bots[0];
    if (bots.length > 1)
      throw new UsageError(`Expected one bot, but there are ${bots.length}. Name one with --bot:${names(bots)}`);
    const [problem] = opened.problems;
    throw new UsageError(
      problem === undefined ? 'Expected a bot, but there is none in it' : `${problem.path}: ${problem.message}`,
    );
  }
  const end = `/${pathOfBot(wanted)}`.toLowerCase();
  const found = bots.filter(({ path }) => `/${path}`.toLowerCase().endsWith(end));
  if (found[0] !== undefined && found.length === 1) return found[0];
  if (found.length > 1)
    throw new UsageError(`${found.length} bots are called "${wanted}". Give more of the path:${names(found)}`);
  throw new UsageError(`There is no bot "${wanted}" in it. There are:${names(bots)}`);
}

async function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stdin) {
    size += (piece as Buffer).length;
    if (size > MOST_INPUT)
      throw new UsageError(`Standard input has more than ${MOST_INPUT} bytes, the most that is read`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}
