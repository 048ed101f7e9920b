import { createHash } from 'node:crypto';

const RUN_ID = /^["'\s]*([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:_[\da-f]{16})?["'\s]*$/i;

/**
 * The id of a run as the activity gives it out: `<uuid>_<16 hex>` (contract a §1.4), the second half a checksum of the
 * first. Inside this house a run is its UUID.
 */
export function activityIdOf(runId: string): string {
  return `${runId}_${createHash('sha256').update(runId).digest('hex').slice(0, 16)}`;
}

/** The UUID of either form, with quotes around it or not; undefined for what is none. */
export function readRunId(text: string): string | undefined {
  return RUN_ID.exec(text)?.[1]?.toLowerCase();
}
