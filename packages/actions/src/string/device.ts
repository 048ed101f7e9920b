import type { Declaration } from '@signalbox/taskbot';
import { importStringFromTextFile } from './import-from-text-file.ts';

export const stringOnDevices: readonly Declaration[] = [importStringFromTextFile];
