/** What wants the devices of a pool: a queue automation, or the deployments to the pool, all of them as one. */
export type Party<Automation> =
  | { readonly kind: 'runs' }
  | { readonly kind: 'automation'; readonly automation: Automation };

export type Scheme = { readonly kind: 'ROUND_ROBIN'; readonly sliceSeconds: number } | { readonly kind: 'PRIORITY' };

const SECONDS = { SECONDS: 1, MINUTES: 60, HOURS: 3_600 } as const;

export function sliceSeconds(timeSlice: number, unit: string): number {
  return Math.max(1, timeSlice) * (SECONDS[unit as keyof typeof SECONDS] ?? SECONDS.MINUTES);
}

/** Queue automations carry no priority of their own on the wire: they count as medium. */
export const AUTOMATION_PRIORITY = 1;

/**
 * Who comes first at a moment, for all devices of the pool alike. In turns: the clock says whose slice it is, the others
 * follow in their order, so that a slice nobody uses goes to the next. By priority: runs before automations, unless the
 * most urgent waiting run is less urgent than those.
 *
 * @param now seconds since 1970
 * @param runPriority of the most urgent run that waits for the pool; undefined when none does
 */
export function orderOfParties<Automation>(
  scheme: Scheme,
  automations: readonly Automation[],
  now: number,
  runPriority: number | undefined,
): Party<Automation>[] {
  const runs: Party<Automation>[] = runPriority === undefined ? [] : [{ kind: 'runs' }];
  const others = automations.map((automation): Party<Automation> => ({ kind: 'automation', automation }));
  if (scheme.kind === 'PRIORITY') {
    return (runPriority ?? AUTOMATION_PRIORITY) >= AUTOMATION_PRIORITY ? [...runs, ...others] : [...others, ...runs];
  }
  const parties = [...runs, ...others];
  const first = parties.length === 0 ? 0 : Math.floor(now / scheme.sliceSeconds) % parties.length;
  return [...parties.slice(first), ...parties.slice(0, first)];
}

/** How long the present slice still lasts. */
export function secondsToNextTurn(scheme: Scheme, now: number): number {
  if (scheme.kind === 'PRIORITY') return Number.POSITIVE_INFINITY;
  return scheme.sliceSeconds - (now % scheme.sliceSeconds);
}
