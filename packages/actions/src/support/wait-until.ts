import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '@signalbox/taskbot';

const LONGEST_TIMER = 2 ** 31 - 1;

/** Waits, and returns early without a fault when the run is stopped: the interpreter ends the run at its next node. */
export const pause = async (milliseconds: number, host: Host): Promise<void> => {
  for (let left = milliseconds; left > 0 && !host.signal.aborted; left -= LONGEST_TIMER) {
    try {
      await sleep(Math.min(left, LONGEST_TIMER), undefined, { signal: host.signal });
    } catch {
      return;
    }
  }
};

const POLL = 100;

/** Tests at once, without leaving the stack; only when that fails and there is time left, keeps looking. */
export const waitUntil = (test: () => boolean, seconds: number, host: Host): boolean | Promise<boolean> => {
  if (test()) return true;
  return seconds > 0 ? keepLooking(test, seconds, host) : false;
};

const keepLooking = async (test: () => boolean, seconds: number, host: Host): Promise<boolean> => {
  const end = performance.now() + seconds * 1000;
  while (!host.signal.aborted) {
    const left = end - performance.now();
    if (left <= 0) return false;
    await pause(Math.min(POLL, left), host);
    if (test()) return true;
  }
  return false;
};
