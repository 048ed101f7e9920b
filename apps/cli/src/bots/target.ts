import type { Target } from '@signalbox/taskbot';
import { UsageError } from '../command.ts';

const API_TASK = 'application/vnd.aa.headlessbot';

/** Where a bot is to run: as `--target` says, else as its kind of file does. */
export function readTarget(word: string | undefined, contentType: string): Target {
  if (word === undefined) return contentType === API_TASK ? 'anywhere' : 'device';
  if (word === 'api-task') return 'anywhere';
  if (word === 'device') return 'device';
  throw new UsageError(`Expected --target api-task or --target device, but got "${word}"`);
}

export const targetWord = (target: Target): string => (target === 'anywhere' ? 'api-task' : 'device');
