import { isUtf8 } from 'node:buffer';
import { DocumentError } from '@signalbox/taskbot';
import type { Caller } from '../identity/index.ts';
import { type BotDifference, compareBots } from './bot-difference.ts';
import { isBot } from './entry.ts';
import type { createVersions, Version } from './versions.ts';

export interface Comparison {
  readonly from: Version;
  readonly to: Version;
  readonly identical: boolean;
  /** Of bots. */
  readonly bot?: BotDifference | undefined;
  /** Of other texts, in the unified format of patches; absent when they are too large or too different for one. */
  readonly patch?: string | undefined;
}

/** Larger contents are told apart by their hash only: comparing them would keep everybody else waiting. */
const MOST_BYTES = 2_000_000;
const MOST_MILLISECONDS = 250;
const MOST_EDITS = 5_000;

export function createComparing(versions: ReturnType<typeof createVersions>) {
  /** What happened between two versions of a file. @throws notFound; forbidden; invalid */
  return async function compare(caller: Caller, fileId: number, from: number, to: number): Promise<Comparison> {
    const before = await versions.content(caller, fileId, from);
    const after = await versions.content(caller, fileId, to);
    const result = { from: before.version, to: after.version, identical: before.version.hash === after.version.hash };
    const comparable = [before, after].every(({ bytes }) => bytes.length <= MOST_BYTES && isText(bytes));
    if (result.identical || !comparable) return result;
    const texts = [before.bytes.toString('utf8'), after.bytes.toString('utf8')] as const;
    if (isBot(before.entry)) {
      try {
        return { ...result, bot: compareBots(...texts) };
      } catch (cause) {
        // Kept, but no bot that can be read: then it is compared as the text that it is.
        if (!(cause instanceof DocumentError)) throw cause;
      }
    }
    // Loaded when it is first needed: most servers never compare a text.
    const { createTwoFilesPatch } = await import('diff');
    const { path } = before.entry;
    const patch = createTwoFilesPatch(path, path, ...texts, `version ${from}`, `version ${to}`, {
      context: 3,
      timeout: MOST_MILLISECONDS,
      maxEditLength: MOST_EDITS,
    });
    return { ...result, patch };
  };
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}
