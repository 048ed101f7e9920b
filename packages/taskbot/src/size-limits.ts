import { BotError } from './declaration.ts';
import { BotTable, type BotValue } from './value.ts';

/** How large one value of a bot may grow. Many large ones are the affair of the process, which has a limit of memory. */
export interface SizeLimits {
  /** Characters (UTF-16 units) of one text; 50,000,000 when not given. */
  readonly textLength: number;
  /** Items of one list, entries of one dictionary, rows of one table; 5,000,000 when not given. */
  readonly itemCount: number;
}

export const DEFAULT_SIZE_LIMITS: SizeLimits = { textLength: 50_000_000, itemCount: 5_000_000 };

/** How deep lists and dictionaries may stand in each other: far beyond any real one, far above the end of the stack. */
export const DEEPEST_VALUE = 500;

interface Limited {
  readonly limits?: SizeLimits;
}

/**
 * For an action that is about to make a text of a length it can work out: refuses before the memory is taken.
 *
 * @throws BotError that names both lengths
 */
export function requireTextLength(length: number, host: Limited): void {
  const { textLength } = host.limits ?? DEFAULT_SIZE_LIMITS;
  if (length > textLength) throw tooLong(length, textLength);
}

/** The same for the items of a list, the entries of a dictionary or the rows of a table. */
export function requireItemCount(count: number, host: Limited): void {
  const { itemCount } = host.limits ?? DEFAULT_SIZE_LIMITS;
  if (count > itemCount) throw tooMany(count, itemCount);
}

/** Refuses a text, list, dictionary or table beyond the limits; all else passes. Looks at the outermost level only. */
export function checkSize(value: BotValue, limits: SizeLimits): void {
  if (typeof value === 'string') {
    if (value.length > limits.textLength) throw tooLong(value.length, limits.textLength);
  } else if (typeof value === 'object' && value !== null) {
    const count = sizeOf(value);
    if (count > limits.itemCount) throw tooMany(count, limits.itemCount);
  }
}

export function tooDeep(): BotError {
  return new BotError(
    `Expected at most ${DEEPEST_VALUE} levels of lists and dictionaries in each other, but got more. Keep less inside of it.`,
  );
}

function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return value instanceof BotTable ? value.rows.length : 0;
}

function tooLong(length: number, limit: number): BotError {
  return new BotError(
    `Expected a text of at most ${limit} characters, but this one would have ${length}. Work on it in parts.`,
  );
}

function tooMany(count: number, limit: number): BotError {
  return new BotError(
    `Expected a list, dictionary or table of at most ${limit} items, but this one would have ${count}. Work on it in parts.`,
  );
}
