import type { Declaration } from '@signalbox/taskbot';
import { messageBox } from './message-box.ts';

export const messageBoxPackage: readonly Declaration[] = [messageBox];
