/** Days on which nothing runs. */
export interface Exclusions {
  readonly dates: readonly string[];
  readonly ranges: readonly DateRange[];
  /** 1 is Monday, 7 is Sunday. */
  readonly daysOfWeek: readonly number[];
}

/** Both ends belong to it; yyyy-MM-dd. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

export interface NamedExclusions extends Exclusions {
  readonly name: string;
}

/** Why nothing runs on a day, in words; undefined when something may. Days are those of the schedule's own zone. */
export function excludedBy(calendars: readonly NamedExclusions[], day: Temporal.PlainDate): string | undefined {
  // ISO dates stand in their order as texts do.
  const text = day.toString();
  for (const { name, dates, ranges, daysOfWeek } of calendars) {
    if (dates.includes(text)) return `The calendar "${name}" excludes ${text}.`;
    const range = ranges.find(({ from, to }) => from <= text && text <= to);
    if (range) return `The calendar "${name}" excludes ${range.from} to ${range.to}.`;
    if (daysOfWeek.includes(day.dayOfWeek)) return `The calendar "${name}" excludes this day of the week.`;
  }
  return undefined;
}
