import { error } from '../../../kernel/errors.ts';
import { readInstant } from '../../../kernel/selection.ts';

/**
 * `deferredType` INDEFINITELY is the only value seen; any other means that `deferredUntil` counts (contract b §1.9).
 * A moment without a type counts as well.
 */
export function readDeferral({
  deferredType,
  deferredUntil,
}: {
  readonly deferredType?: string;
  readonly deferredUntil?: string;
}): Temporal.Instant | null {
  if (/^indefinite/i.test(deferredType ?? '') || deferredUntil === undefined || deferredUntil === '') return null;
  const instant = readInstant(deferredUntil.trim());
  if (!instant)
    throw error('invalid', `deferredUntil is not a moment: ${deferredUntil.slice(0, 60)}.`, {
      details: 'expected ISO 8601, such as 2026-01-31T08:00:00Z',
    });
  return instant;
}
