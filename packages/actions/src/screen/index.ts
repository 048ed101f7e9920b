import type { Declaration } from '@signalbox/taskbot';
import { captureDesktop, captureWindow } from './capture.ts';

export const screenPackage: readonly Declaration[] = [captureDesktop, captureWindow];
