import type { Declaration } from '@signalbox/taskbot';
import { generateGuid } from './generate-guid.ts';

export const guidToolsPackage: readonly Declaration[] = [generateGuid];
