import type { Declaration } from '@signalbox/taskbot';
import {
  controlRoom,
  date,
  day,
  hour,
  millisecond,
  minute,
  month,
  second,
  taskExecutor,
  taskInvoker,
  taskName,
  year,
} from './variables.ts';

export const systemPackage: readonly Declaration[] = [
  taskName,
  controlRoom,
  taskExecutor,
  taskInvoker,
  date,
  year,
  month,
  day,
  hour,
  minute,
  second,
  millisecond,
];
