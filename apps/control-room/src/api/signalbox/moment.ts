import { error } from '../../kernel/errors.ts';
import { readInstant } from '../../kernel/selection.ts';

/** A time of a query or a body that may be left out. @param name for the message @throws invalid */
export function readMoment(text: string | undefined, name: string): Temporal.Instant | undefined {
  if (text === undefined || text === '') return undefined;
  const read = readInstant(text);
  if (!read) throw error('invalid', `${name} is no instant.`, { details: 'expected such as 2026-01-31T08:00:00Z' });
  return read;
}
