import type { ColumnType, Generated } from 'kysely';

/** A moment of the database's clock. */
export type Moment = ColumnType<Temporal.Instant, Temporal.Instant | undefined, Temporal.Instant>;

/** The columns of everything that people make and change: by whom, when, and the version that a change must name. */
export interface Stamped {
  readonly id: Generated<number>;
  readonly created_by: number;
  readonly created_on: Moment;
  readonly updated_by: number;
  readonly updated_on: Moment;
  readonly version: Generated<number>;
}
