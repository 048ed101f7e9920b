export { type CopyIn, escapeCopy, openCopy } from './copy-in.ts';
export { COUNTED_LIVE } from './counts.ts';
export {
  CHANNEL,
  type Connection,
  type Database,
  type HotStatement,
  type Origin,
  openDatabase,
  type Transaction,
  violatedConstraint,
} from './database.ts';
export { migrate } from './migrate.ts';
export { queryBuilder } from './query-builder.ts';
export type { Moment, Stamped } from './stamped.ts';
export { storableJson, storableText } from './storable.ts';
export { untilAnswers } from './until-answers.ts';
