import type { Declaration } from '@signalbox/taskbot';
import { addItem } from './add-item.ts';
import { assign } from './assign.ts';
import { assignToDataTable } from './assign-to-data-table.ts';
import { clear } from './clear.ts';
import { get, listRemove, listSet } from './item.ts';
import { joinList } from './join-list.ts';
import { listIterator } from './list-iterator.ts';
import { listVariable } from './list-variable.ts';
import { listSize, sizeOf } from './size.ts';

export const listPackage: readonly Declaration[] = [
  addItem,
  assign,
  assignToDataTable,
  clear,
  get,
  joinList,
  listRemove,
  listSet,
  listSize,
  listVariable,
  listIterator,
  sizeOf,
];
