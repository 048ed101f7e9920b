import type { Declaration } from '@signalbox/taskbot';
import { mathEvaluate } from './math-evaluate.ts';

export const mathPackage: readonly Declaration[] = [mathEvaluate];
