import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';
import { clearContent } from './clear-content.ts';
import { deleteColumn, getColumnName, insertColumn } from './columns.ts';
import { tableColumnCondition, tableRowCondition } from './conditions.ts';
import { getNumberOfColumns, getNumberOfRows, rowCountOf } from './counts.ts';
import { join } from './join.ts';
import { merge } from './merge.ts';
import { removeDuplicateRows } from './remove-duplicate-rows.ts';
import { rowIterator } from './row-iterator.ts';
import { deleteRow, insertRow } from './rows.ts';
import { setCellValue } from './set-cell-value.ts';
import { sort } from './sort.ts';

export const dataTablePackage: readonly Declaration[] = [
  assign,
  clearContent,
  deleteColumn,
  deleteRow,
  getColumnName,
  getNumberOfColumns,
  getNumberOfRows,
  insertColumn,
  insertRow,
  join,
  merge,
  removeDuplicateRows,
  setCellValue,
  sort,
  tableColumnCondition,
  tableRowCondition,
  rowIterator,
  rowCountOf,
];
