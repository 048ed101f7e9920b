import type { Declaration } from '@signalbox/taskbot';
import { readFile } from './read-file.ts';
import { writeFile } from './write-file.ts';

export const textFilePackage: readonly Declaration[] = [readFile, writeFile];
