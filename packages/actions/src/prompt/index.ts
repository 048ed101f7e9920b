import type { Declaration } from '@signalbox/taskbot';
import { promptForFile, promptForFolder, promptForValue, promptForYesNo } from './prompt.ts';

export const promptPackage: readonly Declaration[] = [promptForFile, promptForFolder, promptForValue, promptForYesNo];
