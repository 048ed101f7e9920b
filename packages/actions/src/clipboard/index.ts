import type { Declaration } from '@signalbox/taskbot';
import { assignFromClipboard, assignToClipboard, clearClipboard, clipboardText } from './clipboard.ts';

export const clipboardPackage: readonly Declaration[] = [
  assignFromClipboard,
  assignToClipboard,
  clearClipboard,
  clipboardText,
];
