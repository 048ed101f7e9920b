import type { Declaration } from '@signalbox/taskbot';
import { capture } from './capture.ts';
import { controlDoesNotExist, controlExists } from './conditions.ts';

export const recorderPackage: readonly Declaration[] = [capture, controlExists, controlDoesNotExist];
