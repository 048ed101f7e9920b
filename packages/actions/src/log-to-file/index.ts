import type { Declaration } from '@signalbox/taskbot';
import { logToFile } from './log-to-file.ts';
import { logVariablesToFile } from './log-variables-to-file.ts';

export const logToFilePackage: readonly Declaration[] = [logToFile, logVariablesToFile];
