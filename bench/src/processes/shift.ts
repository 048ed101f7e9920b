import type { ControlRoom } from '../control-room.ts';

export const STEPS: readonly string[] = ['a', 'b', 'c'];
/** Nothing that is measured takes longer; what does is stuck. */
export const LONGEST_SECONDS = 1_800;

/** What is to be worked off, and where. */
export interface Shift {
  readonly room: ControlRoom;
  readonly deviceIds: readonly string[];
  /** Of all devices together. */
  readonly slots: number;
  /** Each goes through all steps. */
  readonly items: number;
}

export interface Worked {
  readonly seconds: number;
  /** How many different items came out at the end as they should, having been through each step once. */
  readonly complete: number;
}
