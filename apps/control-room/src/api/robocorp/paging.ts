import { type TSchema, Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import type { Stretch, Stretched } from '../../kernel/stretch.ts';
import type { CallFacts } from '../operation.ts';
import { originOf } from '../origin.ts';
import { Nullable } from './wire.ts';

/** Neither is stated by the vendor; a script in the wild asks for 500. [inferred] */
const STANDARD = 100;
const MOST = 1_000;

/** Of every list: `limit`, and the place where `next` goes on. */
export const pageQuery = {
  limit: Type.Optional(Type.Number({ description: `Rows; ${STANDARD} unless said, at most ${MOST}.` })),
  cursor: Type.Optional(Type.String({ maxLength: 500, description: 'Part of `next`.' })),
};

/** The envelope of every list. */
export function pageOf(row: TSchema) {
  return Type.Object({ next: Nullable(Type.String()), has_more: Type.Boolean(), data: Type.Array(row) });
}

export function readStretch({ limit, cursor }: { limit?: number; cursor?: string }): Stretch {
  // 0 and less come from sloppy callers, who mean "whatever you have".
  const rows = limit === undefined || limit < 1 ? STANDARD : Math.min(Math.floor(limit), MOST);
  if (cursor === undefined) return { limit: rows, after: undefined };
  const after = Buffer.from(cursor, 'base64url').toString();
  if (after === '' || after.includes('\0')) throw error('invalid', 'The cursor cannot be read.');
  return { limit: rows, after };
}

/** `next` is a whole address, on the origin that the client has called: clients get it as it stands. */
export function page<Row>(
  { rows, next }: Stretched<Row>,
  render: (row: Row) => object,
  facts: Pick<CallFacts, 'headers' | 'url'>,
  publicUrl: string,
): object {
  return {
    next: next === undefined ? null : addressOf(next, facts, publicUrl),
    has_more: next !== undefined,
    data: rows.map(render),
  };
}

function addressOf(next: string, facts: Pick<CallFacts, 'headers' | 'url'>, publicUrl: string): string {
  const url = new URL(facts.url, originOf(facts, publicUrl));
  url.searchParams.set('cursor', Buffer.from(next).toString('base64url'));
  return url.href;
}
