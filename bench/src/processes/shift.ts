import type { ControlRoom } from '../control-room.ts';

export const STEPS: readonly string[] = ['a', 'b', 'c'];
/** Of the measurement's own calls, at the same time. */
export const CALLERS = 16;
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
  /** Called when all is prepared: from now on it counts. */
  readonly begins: () => void;
}

export interface Worked {
  readonly seconds: number;
  /** How many different items came out at the end as they should, having been through each step once. */
  readonly complete: number;
}
