import { error } from './errors.ts';
import { readNumber, readUuid } from './ids.ts';

/** A part of a list that is followed from one end to the other: so many rows behind the one that came last. */
export interface Stretch {
  readonly limit: number;
  /** The key of the last row of the stretch before; undefined at the beginning. */
  readonly after: string | undefined;
}

export interface Stretched<Row> {
  readonly rows: readonly Row[];
  /** Where the next stretch begins; undefined at the end. */
  readonly next: string | undefined;
}

/** What a statement that was asked for one row more than wanted has brought. */
export function stretched<Row>(
  rows: readonly Row[],
  { limit }: Stretch,
  keyOf: (row: Row) => string | number,
): Stretched<Row> {
  const wanted = rows.slice(0, limit);
  const last = wanted.at(-1);
  return { rows: wanted, next: rows.length > limit && last !== undefined ? String(keyOf(last)) : undefined };
}

/** Where lists are ordered by a number. Null at the beginning. @throws invalid */
export function afterNumber({ after }: Stretch): number | null {
  if (after === undefined) return null;
  return readNumber(after) ?? refuse();
}

/** Where lists are ordered by a UUID. Null at the beginning. @throws invalid */
export function afterUuid({ after }: Stretch): string | null {
  if (after === undefined) return null;
  return readUuid(after) ?? refuse();
}

function refuse(): never {
  throw error('invalid', 'The place where the list is to go on cannot be read.', {
    details: 'follow `next` as it stands',
  });
}
