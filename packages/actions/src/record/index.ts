import type { Declaration } from '@signalbox/taskbot';
import { assign } from './assign.ts';

export const recordPackage: readonly Declaration[] = [assign];
