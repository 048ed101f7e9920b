import { error } from '../../../kernel/errors.ts';
import { readInstant } from '../../../kernel/selection.ts';

/** `expires_at` as it comes. @throws invalid */
export function readExpiry(text: string): Temporal.Instant {
  const read = readInstant(text.trim());
  if (read) return read;
  throw error('invalid', 'expires_at is no instant.', { details: 'expected such as 2026-01-31T08:00:00Z' });
}
