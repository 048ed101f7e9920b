export { type CopyIn, escapeCopy, openCopy } from './copy-in.ts';
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
export { storableJson, storableText } from './storable.ts';
