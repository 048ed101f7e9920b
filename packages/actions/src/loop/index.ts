import type { Declaration } from '@signalbox/taskbot';
import { recordIterator } from './record-iterator.ts';

/** The loop itself is part of the interpreter; this is the iterator it leaves to the data packages. */
export const loopPackage: readonly Declaration[] = [recordIterator];
