import type { Declaration } from '@signalbox/taskbot';
import { connect, disconnect } from './connect.ts';
import {
  batchInsert,
  exportToDataTable,
  insertUpdateDelete,
  resultsetIterator,
  sqlQuery,
  store,
} from './statements.ts';
import { begin, commit, rollback } from './transactions.ts';

export const databasePackage: readonly Declaration[] = [
  batchInsert,
  begin,
  commit,
  connect,
  disconnect,
  exportToDataTable,
  insertUpdateDelete,
  resultsetIterator,
  rollback,
  sqlQuery,
  store,
];
