import type { Declaration } from '@signalbox/taskbot';
import { delay } from './delay.ts';

export const delayPackage: readonly Declaration[] = [delay];
