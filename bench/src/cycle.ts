import type { Row } from './measurement.ts';
import { median, ratio, whole } from './statistics.ts';

/** What one round of adding, fetching and completing took, in seconds. */
export interface Round {
  readonly items: number;
  readonly add: number;
  readonly claim: number;
  /** Undefined where a system fetches and completes in one go: `claim` then holds both. */
  readonly complete: number | undefined;
}

/** Items a second in each phase and over the whole cycle: the medians of the rounds. */
export interface Rates {
  readonly add: number;
  readonly claim: number;
  readonly complete: number | undefined;
  readonly workOff: number;
  readonly cycle: number;
}

export function ratesOf(rounds: readonly Round[]): Rates {
  const of = (seconds: (round: Round) => number): number => median(rounds.map((round) => round.items / seconds(round)));
  return {
    add: of(({ add }) => add),
    claim: of(({ claim }) => claim),
    complete: rounds.every(({ complete }) => complete === undefined) ? undefined : of(({ complete = 0 }) => complete),
    workOff: of(({ claim, complete = 0 }) => claim + complete),
    cycle: of(({ add, claim, complete = 0 }) => add + claim + complete),
  };
}

export const CYCLE_COLUMNS = [
  'adds/s',
  'claims/s',
  'completes/s',
  'claim + complete, items/s',
  'whole cycle, items/s',
  'ratio',
];

/** @param against the cycle that counts as 1.0 */
export function cycleRow(name: string, rates: Rates, against: Rates): Row {
  const { add, claim, complete, workOff, cycle } = rates;
  return {
    name,
    cells: [
      whole(add),
      complete === undefined ? '' : whole(claim),
      complete === undefined ? '' : whole(complete),
      whole(workOff),
      whole(cycle),
      ratio(cycle / against.cycle),
    ],
  };
}

/** One line to watch it by: the fastest and the middle round. */
export function describeRounds(name: string, rounds: readonly Round[]): string {
  const cycles = rounds.map(({ items, add, claim, complete = 0 }) => items / (add + claim + complete));
  return `${name}: ${cycles.map(whole).join(', ')} items/s (median ${whole(median(cycles))})`;
}
