export {
  CHANNEL,
  type Connection,
  type Database,
  type HotStatement,
  openDatabase,
  queryBuilder,
  type Transaction,
  violatedConstraint,
} from './database.ts';
export { migrate } from './migrate.ts';
export type { Moment, Stamped } from './stamped.ts';
