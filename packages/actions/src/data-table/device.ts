import type { Declaration } from '@signalbox/taskbot';
import { writeToFile } from './write-to-file.ts';

export const dataTableOnDevices: readonly Declaration[] = [writeToFile];
