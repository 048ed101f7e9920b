/**
 * How long to wait after each failed attempt, in seconds: quickly over a restart of the receiver, then longer and longer
 * until a day is over. The contract asks for three attempts with growing pauses at least (a §9.5).
 */
export const PAUSES: readonly number[] = [1, 5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];

/** A tenth more or less, so that what failed together does not come back together. */
const SCATTER = 0.1;

/**
 * Seconds until the attempt after number `attempt` (from 1); undefined when that was the last.
 * @param chance from 0 to 1
 */
export function pauseAfter(attempt: number, chance: number): number | undefined {
  const pause = PAUSES[attempt - 1];
  return pause === undefined ? undefined : pause * (1 - SCATTER + 2 * SCATTER * chance);
}
