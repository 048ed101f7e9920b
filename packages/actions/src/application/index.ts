import type { Declaration } from '@signalbox/taskbot';
import { runApp } from './run-app.ts';

export const applicationPackage: readonly Declaration[] = [runApp];
