/** When something is to happen, as people say it: in dates and clock times of a place. */
export interface Plan {
  /** IANA name, such as Europe/Berlin. */
  readonly timeZone: string;
  readonly startDate: Temporal.PlainDate;
  /** The last day, inclusive. */
  readonly endDate: Temporal.PlainDate | null;
  readonly startTime: Temporal.PlainTime;
  readonly recurrence: Recurrence;
  readonly repeat: Repeat | null;
}

/** Which days. All intervals count from the start date; weeks begin on Monday. */
export type Recurrence =
  | { readonly type: 'ONCE' }
  | { readonly type: 'DAILY'; readonly interval: number }
  /** 1 is Monday, 7 is Sunday; in order, each once. */
  | { readonly type: 'WEEKLY'; readonly interval: number; readonly daysOfWeek: readonly number[] }
  /** 1 to 31, or LAST_DAY; in order, each once. A day that a month does not have is its last one. */
  | { readonly type: 'MONTHLY'; readonly interval: number; readonly daysOfMonth: readonly number[] }
  /** 1 to 5; the fifth is the last one, as some months have only four. */
  | {
      readonly type: 'MONTHLY';
      readonly interval: number;
      readonly weekOfMonth: number;
      readonly dayOfWeek: number;
    };

export const LAST_DAY = 31;
export const LAST_WEEK = 5;

/** Again and again within each day. */
export interface Repeat {
  readonly everySeconds: number;
  /** Inclusive; null: until the day is over. */
  readonly endTime: Temporal.PlainTime | null;
}

/** A plan as JSON, for the database. */
export function writePlan(plan: Plan): string {
  return JSON.stringify(plan);
}

/** The same back. */
export function readPlan(stored: unknown): Plan {
  const { startDate, endDate, startTime, repeat, ...rest } = stored as StoredPlan; // written by writePlan
  return {
    ...rest,
    startDate: Temporal.PlainDate.from(startDate),
    endDate: endDate === null ? null : Temporal.PlainDate.from(endDate),
    startTime: Temporal.PlainTime.from(startTime),
    repeat: repeat && {
      everySeconds: repeat.everySeconds,
      endTime: repeat.endTime === null ? null : Temporal.PlainTime.from(repeat.endTime),
    },
  };
}

interface StoredPlan extends Pick<Plan, 'timeZone' | 'recurrence'> {
  readonly startDate: string;
  readonly endDate: string | null;
  readonly startTime: string;
  readonly repeat: { readonly everySeconds: number; readonly endTime: string | null } | null;
}
