export { type DateRange, type Exclusions, excludedBy, type NamedExclusions } from './exclusions.ts';
export { type Occurrence, occurrencesOf } from './occurrences.ts';
export { LAST_DAY, LAST_WEEK, type Plan, type Recurrence, type Repeat, readPlan, writePlan } from './plan.ts';
