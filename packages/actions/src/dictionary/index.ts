import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';
import { get } from './get.ts';
import { keysIterator } from './keys-iterator.ts';
import { put } from './put.ts';
import { remove } from './remove.ts';
import { size } from './size.ts';
import { valueExistsForKey } from './value-exists-for-key.ts';

export const dictionaryPackage: readonly Declaration[] = [
  assign,
  get,
  put,
  remove,
  size,
  valueExistsForKey,
  keysIterator,
];
